with

deliveries as (

    select * from {{ ref('stg_partner__deliveries') }}

),

-- Files of merged and split records tell of records, not of what happened: they lengthen no history.
telling as (

    select distinct
        partner,
        source_format

    from {{ ref('stg_partner__events') }}
    where event_type not in ('PERSON_MERGED', 'PERSON_SPLIT')

),

-- In the order they begin, each with how far those before it reach.
ordered as (

    select
        deliveries.delivery_id,
        deliveries.partner,
        deliveries.partner_type,
        deliveries.period_from,
        least(deliveries.period_to, deliveries.snapshot_on) as reaches_to,
        max(least(deliveries.period_to, deliveries.snapshot_on)) over (
            partition by deliveries.partner
            order by deliveries.period_from, deliveries.delivery_id
            rows between unbounded preceding and 1 preceding
        ) as reached_before

    from deliveries
    inner join telling
        on
            deliveries.partner = telling.partner
            and deliveries.source_format = telling.source_format

),

-- A day that no delivery covers begins another stretch.
numbered as (

    select
        *,
        sum(
            case
                when period_from <= cast({{ dbt.dateadd('day', 1, 'reached_before') }} as date) then 0
                else 1
            end
        ) over (
            partition by partner
            order by period_from, delivery_id
            rows between unbounded preceding and current row
        ) as stretch_number

    from ordered

),

stretches as (

    select
        partner,
        partner_type,
        min(period_from) as covered_from,
        max(reaches_to) as covered_to

    from numbered
    group by partner, partner_type, stretch_number

)

select * from stretches
