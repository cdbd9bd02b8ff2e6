-- England and Wales have had eight or more a year since 1978. A year without them would count holidays as working days.
with

years as (

    select distinct extract(year from day_on) as calendar_year
    from {{ ref('int_days_numbered') }}

),

holidays as (

    select
        extract(year from cast(holiday_on as date)) as calendar_year,
        count(*) as holiday_count
    from {{ ref('calendar__bank_holidays') }}
    group by extract(year from cast(holiday_on as date))

)

select years.calendar_year
from years
left join holidays on years.calendar_year = holidays.calendar_year
where coalesce(holidays.holiday_count, 0) < 8
