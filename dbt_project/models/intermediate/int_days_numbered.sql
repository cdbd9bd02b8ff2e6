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

-- 1970-01-05 was a Monday: counting from it needs no engine's idea of weekdays.
weekdays as (

    select
        cast(days.date_day as date) as day_on,
        {{ dbt.datediff("cast('1970-01-05' as date)", "cast(days.date_day as date)", "day") }} % 7 + 1 as weekday,
        holidays.holiday_on is not null as is_bank_holiday

    from days
    left join holidays on cast(days.date_day as date) = holidays.holiday_on

),

marked as (

    select
        *,
        weekday <= 5 and not is_bank_holiday as is_working_day

    from weekdays

),

numbered as (

    select
        *,
        -- Working days between two dates are the difference of their numbers.
        cast(sum(case when is_working_day then 1 else 0 end) over (
            order by day_on
            rows between unbounded preceding and current row
        ) as integer) as working_day_number

    from marked

),

rolled as (

    select
        day_on,
        cast(weekday as integer) as weekday,
        is_bank_holiday,
        is_working_day,
        working_day_number,
        -- Where a start on a day off is rolled forward, the next working day is day 0: it counts as if it started there.
        case when is_working_day then working_day_number else working_day_number + 1 end as rolled_day_number,
        {{ london_at('day_on', "'24:00'") }} as ends_at

    from numbered

)

select * from rolled
