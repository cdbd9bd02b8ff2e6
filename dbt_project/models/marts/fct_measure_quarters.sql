with

histograms as (

    select * from {{ ref('fct_measure_histograms') }}

),

curves as (

    select * from {{ ref('fct_measure_curves') }}

),

ripened as (

    select * from {{ ref('int_measure_quarters_ripened') }}

),

counts as (

    select
        histograms.measure_id,
        histograms.period,
        histograms.breakdown,
        histograms.category,
        coalesce(histograms.within_months, 0) as within_months,
        sum(histograms.case_count) as case_count,
        sum(case when histograms.is_counted then histograms.case_count else 0 end) as counted,
        sum(case when histograms.is_counted is null then histograms.case_count else 0 end) as unknown_count,
        sum(case when histograms.entered_after > 0 then histograms.case_count else 0 end) as entered_late_count,
        sum(
            case histograms.is_counted_without_weakest_links when true then histograms.case_count when false then 0 end
        ) as counted_without_weakest_links,
        sum(case when histograms.status = 'event' then histograms.case_count else 0 end) as finished_count,
        sum(
            case
                when histograms.status = 'event' and histograms.duration <= ripened.limit_value
                    then histograms.case_count
                else 0
            end
        ) as finished_in_time_count

    from histograms
    inner join ripened
        on
            histograms.measure_id = ripened.measure_id
            and histograms.period = ripened.period
    group by
        histograms.measure_id,
        histograms.period,
        histograms.breakdown,
        histograms.category,
        coalesce(histograms.within_months, 0)

),

-- Of a mix, every part is a share of the whole quarter.
with_wholes as (

    select
        counts.*,
        ripened.is_ripe,
        ripened.kind,
        ripened.has_history or ripened.is_begun_within as has_history,
        case
            when ripened.kind = 'mix'
                then sum(counts.case_count) over (partition by counts.measure_id, counts.period)
            else counts.case_count
        end as row_count

    from counts
    inner join ripened
        on
            counts.measure_id = ripened.measure_id
            and counts.period = ripened.period

),

read_off as (

    select
        curves.measure_id,
        curves.period,
        curves.breakdown,
        curves.category,
        max(case when curves.duration <= ripened.limit_value then curves.event_share else 0 end) as share_by_limit,
        max(curves.duration) as followed_to,
        min(case when curves.event_share >= 0.5 then curves.duration end) as median_duration,
        min(case when curves.event_share >= 0.9 then curves.duration end) as p90_duration

    from curves
    inner join ripened
        on
            curves.measure_id = ripened.measure_id
            and curves.period = ripened.period
    group by curves.measure_id, curves.period, curves.breakdown, curves.category

),

stated as (

    select
        *,
        case
            when not has_history then 'history too short'
            when not is_ripe then 'too early'
            -- A few records stay open for ever; of a time, what is followed no longer is told by the curve.
            when kind <> 'time' and unknown_count > {{ var('most_unknown_share') }} * case_count then 'too little known'
            else 'ready'
        end as state

    from with_wholes

),

shares as (

    select
        stated.measure_id,
        stated.period,
        stated.breakdown,
        stated.category,
        stated.within_months,
        stated.state,
        read_off.followed_to,
        cast(stated.row_count as bigint) as row_count,
        cast(stated.counted as bigint) as counted,
        cast(stated.unknown_count as bigint) as unknown_count,
        case
            when stated.state <> 'ready' then null
            when stated.kind = 'time' and stated.unknown_count + stated.entered_late_count > 0
                then read_off.share_by_limit
            else cast(stated.counted as double) / (stated.row_count - stated.unknown_count)
        end as exact_share,
        case
            when stated.state = 'ready'
                then cast(stated.counted_without_weakest_links as double) / (stated.row_count - stated.unknown_count)
        end as exact_share_without_weakest_links,
        -- Of the finished alone: what a local report would say, and why it flatters a growing backlog.
        case
            when stated.kind = 'time' and stated.finished_count > 0
                then cast(stated.finished_in_time_count as double) / stated.finished_count
        end as naive_share,
        -- Read off the curve: in a young quarter open ones count for as long as they were followed.
        case when stated.has_history then read_off.share_by_limit end as curve_share,
        case when stated.has_history then read_off.median_duration end as median_duration,
        case when stated.has_history then read_off.p90_duration end as p90_duration

    from stated
    left join read_off
        on
            stated.measure_id = read_off.measure_id
            and stated.period = read_off.period
            and stated.breakdown = read_off.breakdown
            and stated.category = read_off.category

)

select * from shares
