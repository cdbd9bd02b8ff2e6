with

deliveries as (

    select * from {{ ref('stg_partner__deliveries') }}

),

formats as (

    select * from {{ ref('codelist__source_format') }}

),

-- Files of merged and split records tell of records, not of what happened: they lengthen no history. The format says
-- so, and no row is asked: where a partner told of one child alone, that child would move every other's row. A mapping
-- of a partner's own is on no list.
telling as (

    select deliveries.*

    from deliveries
    left join formats on deliveries.source_format = formats.code
    where coalesce(formats.tells_what_happened, true)

),

-- In the order they begin, each with how far those before it reach.
ordered as (

    select
        delivery_id,
        partner,
        partner_type,
        period_from,
        least(period_to, snapshot_on) as reaches_to,
        max(least(period_to, snapshot_on)) over (
            partition by partner
            order by period_from, delivery_id
            rows between unbounded preceding and 1 preceding
        ) as reached_before

    from telling

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
