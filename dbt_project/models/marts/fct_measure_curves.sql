-- Of measures of time: who is at risk on each day, and what share has come to the event by then.
with

histograms as (

    select
        measure_id,
        period,
        breakdown,
        category,
        duration,
        entered_after,
        status,
        case_count

    from {{ ref('fct_measure_histograms') }}
    -- What ended before it could be seen is told of by chance alone, as where the case went on: nobody was at risk.
    where status is not null and duration >= entered_after

),

-- Who enters late is not at risk before: what ended before an extract began was never sent.
changes as (

    select
        measure_id,
        period,
        breakdown,
        category,
        entered_after as day_number,
        case_count as entered,
        0 as event_count,
        0 as competing_count,
        0 as censored_count

    from histograms

    union all

    select
        measure_id,
        period,
        breakdown,
        category,
        duration as day_number,
        0 as entered,
        case when status = 'event' then case_count else 0 end as event_count,
        case when status = 'competing' then case_count else 0 end as competing_count,
        case when status = 'censored' then case_count else 0 end as censored_count

    from histograms

),

days as (

    select
        measure_id,
        period,
        breakdown,
        category,
        day_number,
        sum(entered) as entered,
        sum(event_count) as event_count,
        sum(competing_count) as competing_count,
        sum(censored_count) as censored_count

    from changes
    group by measure_id, period, breakdown, category, day_number

),

running as (

    select
        *,
        sum(entered) over (
            partition by measure_id, period, breakdown, category
            order by day_number
            rows between unbounded preceding and current row
        ) as entered_by_then,
        sum(event_count + competing_count + censored_count) over (
            partition by measure_id, period, breakdown, category
            order by day_number
            rows between unbounded preceding and 1 preceding
        ) as left_before

    from days

),

-- What is censored on a day is at risk on it.
at_risk as (

    select
        *,
        entered_by_then - coalesce(left_before, 0) as at_risk_count

    from running

),

factored as (

    select
        *,
        coalesce(1 - cast(event_count + competing_count as double) / nullif(at_risk_count, 0), 1) as staying_share

    from at_risk

),

-- Still free of any end after each day; once all have ended it is nothing.
free as (

    select
        *,
        {{ running_product('staying_share') }}
            as free_share

    from factored

),

free_before as (

    select
        *,
        coalesce(lag(free_share) over (
            partition by measure_id, period, breakdown, category
            order by day_number
        ), 1) as free_before_share

    from free

),

-- Aalen-Johansen: each day's events among those still free. With nothing competing it is one less Kaplan-Meier.
curves as (

    select
        measure_id,
        period,
        breakdown,
        category,
        day_number as duration,
        cast(at_risk_count as bigint) as at_risk_count,
        cast(event_count as bigint) as event_count,
        cast(competing_count as bigint) as competing_count,
        cast(censored_count as bigint) as censored_count,
        free_share,
        sum(coalesce(free_before_share * event_count / nullif(at_risk_count, 0), 0)) over (
            partition by measure_id, period, breakdown, category
            order by day_number
            rows between unbounded preceding and current row
        ) as event_share

    from free_before

)

select * from curves
