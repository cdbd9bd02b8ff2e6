{% set limit = measure('R_ASSESS45_FINISHED').limit %}
with

assessments as (

    select * from {{ ref('int_assessments_collapsed') }}

),

days as (

    select * from {{ ref('int_days_numbered') }}

),

snapshots as (

    select * from {{ ref('int_snapshots_agreed') }}

),

-- DfE, CIN census, table C2: the first assessment of an episode is counted from the referral, a later one from its own
-- start. Where neither is told there is no clock.
clocked as (

    select
        assessments.*,
        case
            when assessments.is_first_of_episode then assessments.received_on
            when not assessments.is_first_of_episode then assessments.started_on
        end as counted_from_on

    from assessments
    cross join snapshots
    where assessments.authorised_on <= snapshots.censored_on

),

timed as (

    select
        clocked.assessment_key,
        clocked.person_key,
        clocked.partner,
        clocked.authorised_on,
        {{ quarter_of('clocked.authorised_on') }} as period,
        clocked.started_on,
        clocked.is_first_of_episode,
        clocked.counted_from_on,
        -- An assessment authorised before it began, or before the referral, is a slip.
        not coalesce(
            clocked.authorised_on < clocked.started_on or clocked.authorised_on < clocked.counted_from_on, false
        ) as is_authorised,
        last_days.working_day_number - first_days.working_day_number as duration_working_days

    from clocked
    left join days as first_days on clocked.counted_from_on = first_days.day_on
    inner join days as last_days on clocked.authorised_on = last_days.day_on

),

judged as (

    select
        *,
        duration_working_days <= {{ limit }} as is_within_limit

    from timed

)

select * from judged
