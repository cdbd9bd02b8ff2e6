-- Outside it no working day can be counted: its row would be lost in a join, and nobody would see it.
with

calendar as (

    select
        min(day_on) as first_on,
        max(day_on) as last_on
    from {{ ref('int_days_numbered') }}

)

select events.event_key
from {{ ref('stg_partner__events') }} as events
cross join calendar
where events.event_on not between calendar.first_on and calendar.last_on
