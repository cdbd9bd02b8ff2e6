{% set limit = measure('R_ICPC15_HELD').limit %}
{% set followed_days = measure('R_ICPC_PLAN').limit %}
with

conferences as (

    select * from {{ ref('int_conferences_with_enquiry') }}

),

plans as (

    select * from {{ ref('int_protection_plans_collapsed') }}

),

days as (

    select * from {{ ref('int_days_numbered') }}

),

snapshots as (

    select * from {{ ref('int_snapshots_agreed') }}

),

followed as (

    select
        conferences.*,
        cast({{ dbt.dateadd('day', followed_days, 'conferences.held_on') }} as date) as plan_by_on,
        snapshots.censored_on

    from conferences
    cross join snapshots
    where conferences.held_on <= snapshots.censored_on

),

with_plan as (

    select
        followed.conference_key,
        followed.partner,
        followed.person_key,
        min(plans.started_on) as plan_started_on

    from followed
    inner join plans
        on
            followed.partner = plans.partner
            and followed.person_key = plans.person_key
            and plans.started_on >= followed.held_on
            and plans.started_on <= followed.plan_by_on
    group by followed.conference_key, followed.partner, followed.person_key

),

timed as (

    select
        followed.conference_key,
        followed.person_key,
        followed.partner,
        followed.held_on,
        {{ quarter_of('followed.held_on') }} as period,
        not followed.is_transfer_in as is_local,
        followed.enquiry_key is not null as is_after_enquiry,
        followed.enquiry_started_on,
        last_days.working_day_number - first_days.working_day_number as duration_working_days,
        last_days.working_day_number - first_days.working_day_number <= {{ limit }} as is_within_limit,
        -- Not followed long enough is not known, whatever came of it: the quick ones alone would be one-sided.
        case
            when followed.plan_by_on <= followed.censored_on then with_plan.plan_started_on is not null
        end as led_to_plan

    from followed
    left join with_plan
        on
            followed.conference_key = with_plan.conference_key
            and followed.partner = with_plan.partner
            and followed.person_key = with_plan.person_key
    left join days as first_days on followed.enquiry_started_on = first_days.day_on
    inner join days as last_days on followed.held_on = last_days.day_on

)

select * from timed
