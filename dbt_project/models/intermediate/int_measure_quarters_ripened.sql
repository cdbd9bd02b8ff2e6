with

measures as (

    {{ measures_as_rows() }}

),

days as (

    select * from {{ ref('int_days_numbered') }}

),

histories as (

    select * from {{ ref('int_histories') }}

),

-- Every quarter that any partner tells of.
periods as (

    select distinct {{ quarter_of('days.day_on') }} as period

    from days
    inner join (
        select
            min(history_from_on) as from_on,
            max(reaches_to) as to_on

        from histories
    ) as span on days.day_on between span.from_on and span.to_on

),

bounded as (

    select
        measures.measure_id,
        periods.period,
        measures.kind,
        measures.clock,
        measures.limit_value,
        measures.waits,
        measures.enters_late,
        {{ first_day_of_quarter('periods.period') }} as first_day_on,
        {{ last_day_of_quarter(first_day_of_quarter('periods.period')) }} as last_day_on,
        cast({{ dbt.dateadd('month', 'measures.lookback_months', 'histories.history_from_on') }} as date) as known_from_on,
        histories.reaches_to

    from periods
    cross join measures
    left join histories on measures.told_by = histories.told_by

),

-- The day on which the last case of the quarter has been followed as long as the measure asks.
followed as (

    select
        bounded.*,
        case
            when bounded.clock = 'working_days' then last_followed.day_on
            else cast({{ dbt.dateadd('day', 'bounded.waits', 'bounded.last_day_on') }} as date)
        end as followed_on

    from bounded
    inner join days as last_days on bounded.last_day_on = last_days.day_on
    left join days as last_followed
        on
            last_days.working_day_number + bounded.waits = last_followed.working_day_number
            and last_followed.is_working_day

),

ripened as (

    select
        measure_id,
        period,
        kind,
        limit_value,
        coalesce(first_day_on >= known_from_on, false) as has_history,
        -- Of a time whose cases enter late, the quarter in which the history begins has a curve.
        enters_late and coalesce(known_from_on > first_day_on and known_from_on <= last_day_on, false) as is_begun_within,
        -- Decisions are typed late: so much longer is waited.
        coalesce(
            cast({{ dbt.dateadd('day', var('embargo_days'), 'followed_on') }} as date) <= reaches_to, false
        ) as is_ripe

    from followed

)

select * from ripened
