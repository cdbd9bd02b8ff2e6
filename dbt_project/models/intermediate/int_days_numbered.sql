with

holidays as (

    select cast(holiday_on as date) as holiday_on

    from {{ ref('calendar__bank_holidays') }}

),

days as (

    select spine.date_day

    from (
        {{ dbt.date_spine("day", "cast('2000-01-01' as date)", "cast('2029-01-01' as date)") }}
    ) as spine

),

marked as (

    select
        cast(days.date_day as date) as day_on,
        -- 1970-01-05 was a Monday: counting from it needs no engine's idea of weekdays.
        {{ dbt.datediff("cast('1970-01-05' as date)", "cast(days.date_day as date)", "day") }} % 7 < 5
        and holidays.holiday_on is null as is_working_day

    from days
    left join holidays on cast(days.date_day as date) = holidays.holiday_on

),

numbered as (

    select
        day_on,
        is_working_day,
        -- Working days between two dates are the difference of their numbers.
        cast(sum(case when is_working_day then 1 else 0 end) over (
            order by day_on
            rows between unbounded preceding and current row
        ) as integer) as working_day_number

    from marked

)

select * from numbered
