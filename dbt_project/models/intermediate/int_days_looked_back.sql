{% set lookback_months = measure('X_AGENCIES_BEFORE').lookback_months %}
with

days as (

    select day_on from {{ ref('int_days_numbered') }}

),

stretches as (

    select * from {{ ref('int_partners_covered') }}

),

-- What social care tells itself is no other agency's word.
notifying as (

    select distinct partner

    from {{ ref('stg_partner__events') }}
    where
        event_type = 'PARTNER_NOTIFICATION'
        and partner_type <> 'csc'

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
