with

deliveries as (

    select * from {{ ref('stg_partner__deliveries') }}
    where partner_type = 'csc'

),

formats as (

    select * from {{ ref('codelist__source_format') }}

),

-- What each delivery of a council covers of each kind of record. A format without contacts says nothing of them: what
-- it leaves out is missing, not none.
covered as (

    select
        deliveries.partner,
        'referrals' as kind,
        deliveries.period_from,
        deliveries.period_to,
        deliveries.snapshot_on

    from deliveries
    inner join formats
        on
            deliveries.source_format = formats.code
            and formats.carries_referrals

    union all

    select
        deliveries.partner,
        'contacts' as kind,
        deliveries.period_from,
        deliveries.period_to,
        deliveries.snapshot_on

    from deliveries
    inner join formats
        on
            deliveries.source_format = formats.code
            and formats.carries_contacts

),

-- In the order they begin, each with how far those before it reach.
ordered as (

    select
        partner,
        kind,
        period_from,
        least(period_to, snapshot_on) as reaches_to,
        max(least(period_to, snapshot_on)) over (
            partition by partner, kind
            order by period_from
            rows between unbounded preceding and 1 preceding
        ) as reached_before

    from covered

),

-- What a council tells goes up to its latest extract, and back to the last gap that no delivery covers.
latest as (

    select
        partner,
        kind,
        max(reaches_to) as reaches_to,
        max(
            case
                when
                    reached_before is null
                    or period_from > cast({{ dbt.dateadd('day', 1, 'reached_before') }} as date)
                    then period_from
            end
        ) as history_from_on

    from ordered
    group by partner, kind

),

-- All are counted up to the day the slowest of them reached, so that nothing looks open that was merely not sent.
agreed as (

    select
        min(reaches_to) as censored_on,
        max(case when kind = 'referrals' then history_from_on end) as history_from_on,
        max(case when kind = 'contacts' then history_from_on end) as contacts_from_on

    from latest
    having count(*) > 0

)

select * from agreed
