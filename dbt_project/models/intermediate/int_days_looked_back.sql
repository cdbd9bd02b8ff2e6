{% set lookback_months = measure('X_AGENCIES_BEFORE').lookback_months %}
with

days as (

    select day_on from {{ ref('int_days_numbered') }}

),

stretches as (

    select * from {{ ref('int_partners_covered') }}

),

deliveries as (

    select * from {{ ref('stg_partner__deliveries') }}

),

formats as (

    select * from {{ ref('codelist__source_format') }}

),

-- What social care tells itself is no other agency's word. Who tells of worries is known by the format it delivers, and no row
-- is asked: where a partner told of one child alone, that child would move every other's row. A mapping of a partner's own,
-- which is on no list, may tell of them.
notifying as (

    select distinct deliveries.partner

    from deliveries
    left join formats on deliveries.source_format = formats.code
    where
        deliveries.partner_type <> 'csc'
        and coalesce(formats.carries_notifications, true)

),

notifying_counted as (

    select count(*) as partner_count from notifying

),

covering as (

    select
        days.day_on,
        count(*) as partner_count

    from days
    inner join stretches
        on
            stretches.covered_from <= cast({{ dbt.dateadd('month', -lookback_months, 'days.day_on') }} as date)
            and stretches.covered_to >= cast({{ dbt.dateadd('day', -1, 'days.day_on') }} as date)
    inner join notifying on stretches.partner = notifying.partner
    group by days.day_on

),

-- Where one of them left out a month, who had told in it is not known.
looked_back as (

    select covering.day_on

    from covering
    inner join notifying_counted on covering.partner_count = notifying_counted.partner_count

)

select * from looked_back
