with

deliveries as (

    select * from {{ ref('stg_partner__deliveries') }}

),

days as (

    select day_on from {{ ref('int_days_numbered') }}

),

-- Each partner and format is looked at from its first day on, and all up to the day the hub was last told of anything.
expected as (

    select
        partner,
        source_format,
        min(period_from) as first_on,
        max(least(period_to, snapshot_on)) as last_on

    from deliveries
    group by partner, source_format

),

told as (

    select max(least(period_to, snapshot_on)) as last_on from deliveries

),

expected_days as (

    select
        expected.partner,
        expected.source_format,
        days.day_on,
        days.day_on > expected.last_on as is_not_yet_told,
        cast({{ dbt.date_trunc('month', 'days.day_on') }} as date) as month_from

    from expected
    cross join told
    inner join days
        on
            expected.first_on <= days.day_on
            and told.last_on >= days.day_on

),

covered_days as (

    select distinct
        deliveries.partner,
        deliveries.source_format,
        days.day_on

    from deliveries
    inner join days
        on
            deliveries.period_from <= days.day_on
            and least(deliveries.period_to, deliveries.snapshot_on) >= days.day_on

),

months as (

    select
        expected_days.partner,
        expected_days.source_format,
        expected_days.month_from,
        cast(count(*) as integer) as days_expected,
        cast(count(covered_days.day_on) as integer) as days_covered,
        cast(sum(case when expected_days.is_not_yet_told then 1 else 0 end) as integer) as days_not_yet_told

    from expected_days
    left join covered_days
        on
            expected_days.partner = covered_days.partner
            and expected_days.source_format = covered_days.source_format
            and expected_days.day_on = covered_days.day_on
    group by expected_days.partner, expected_days.source_format, expected_days.month_from

),

judged as (

    select
        partner,
        source_format,
        month_from,
        days_expected,
        days_covered,
        case
            when days_covered + days_not_yet_told = days_expected and days_covered = 0 then 'not yet'
            when days_covered = 0 then 'missing'
            when days_covered + days_not_yet_told < days_expected then 'in part'
            else 'covered'
        end as coverage

    from months

)

select * from judged
