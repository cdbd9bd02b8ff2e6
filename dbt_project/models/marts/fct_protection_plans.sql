{% set lookback_months = measure('R_CPP_REPEAT_24M').lookback_months %}
with

plans as (

    select * from {{ ref('int_protection_plans_collapsed') }}

),

snapshots as (

    select * from {{ ref('int_snapshots_agreed') }}

),

-- Of the plans before: the last day any of them was in force. One still open when the next begins is in force then.
with_earlier as (

    select
        *,
        max(coalesce(ended_on, cast('9999-12-31' as date))) over (
            partition by partner, person_key
            order by started_on
            rows between unbounded preceding and 1 preceding
        ) as earlier_ended_on,
        cast({{ dbt.dateadd('month', -lookback_months, 'started_on') }} as date) as looked_back_to_on

    from plans

),

judged as (

    select
        with_earlier.plan_key,
        with_earlier.person_key,
        with_earlier.partner,
        with_earlier.started_on,
        {{ quarter_of('with_earlier.started_on') }} as period,
        case when with_earlier.ended_on <= snapshots.censored_on then with_earlier.ended_on end as ended_on,
        with_earlier.abuse_code,
        cast(with_earlier.declared_previous_count as integer) as declared_previous_count,
        coalesce(with_earlier.declared_previous_count > 0, false)
        or with_earlier.earlier_ended_on is not null as is_repeat,
        -- Not known where the history does not reach back: an early finding alone would be one-sided.
        case
            when with_earlier.looked_back_to_on >= snapshots.history_from_on
                then coalesce(with_earlier.earlier_ended_on >= with_earlier.looked_back_to_on, false)
        end as is_repeat_within_24_months

    from with_earlier
    cross join snapshots
    where with_earlier.started_on <= snapshots.censored_on

)

select * from judged
