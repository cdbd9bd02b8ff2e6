with

events as (

    select * from {{ ref('stg_partner__events') }}

),

-- Two systems of one council tell of one plan; so do two plans that began on one day.
started as (

    select
        *,
        first_value(event_key) over ({{ of_one_day() }}) as plan_key

    from events
    where event_type = 'CPP_STARTED'

),

-- The key of a plan may be shared, as by siblings: what ends one child's plan is told of that child.
endings as (

    select
        partner,
        person_key,
        parent_event_key,
        min(event_on) as ended_on

    from events
    where
        event_type = 'CPP_ENDED'
        and parent_event_key is not null
    group by partner, person_key, parent_event_key

),

one_a_day as (

    select
        started.partner,
        started.person_key,
        started.plan_key,
        started.event_on as started_on,
        min(endings.ended_on) as ended_on,
        -- One system may know of plans that another does not reach back to.
        max(started.n_previous_plans) as declared_previous_count,
        max(case when started.event_key = started.plan_key then started.abuse_codes end) as abuse_codes

    from started
    left join endings
        on
            started.event_key = endings.parent_event_key
            and started.partner = endings.partner
            and started.person_key = endings.person_key
    group by started.partner, started.person_key, started.plan_key, started.event_on

),

collapsed as (

    select
        plan_key,
        person_key,
        partner,
        started_on,
        declared_previous_count,
        case when ended_on < started_on then started_on else ended_on end as ended_on,
        -- DfE, CIN census: several categories are told as one, multiple.
        case when abuse_codes like '%;%' then 'MUL' else abuse_codes end as abuse_code

    from one_a_day

)

select * from collapsed
