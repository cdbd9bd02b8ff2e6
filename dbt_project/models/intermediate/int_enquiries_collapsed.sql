with

events as (

    select * from {{ ref('stg_partner__events') }}

),

-- Two systems of one council tell of one enquiry; so do two enquiries that began on one day.
started as (

    select
        *,
        first_value(event_key) over ({{ of_one_day() }}) as enquiry_key

    from events
    where event_type = 'S47_STARTED'

),

-- The key of an enquiry may be shared, as by siblings: what ends one child's enquiry is told of that child.
endings as (

    select
        partner,
        person_key,
        parent_event_key,
        min(event_on) as ended_on,
        max(case when flag_not_required then 1 else 0 end) as not_required_count

    from events
    where
        event_type = 'S47_ENDED'
        and parent_event_key is not null
    group by partner, person_key, parent_event_key

),

-- A table of its own tells at the end that no conference was required; a census tells it at the start, without an end.
one_a_day as (

    select
        started.partner,
        started.person_key,
        started.enquiry_key,
        started.event_on as started_on,
        min(endings.ended_on) as ended_on,
        max(
            case when started.flag_not_required or endings.not_required_count > 0 then 1 else 0 end
        ) = 1 as is_not_required

    from started
    left join endings
        on
            started.event_key = endings.parent_event_key
            and started.partner = endings.partner
            and started.person_key = endings.person_key
    group by started.partner, started.person_key, started.enquiry_key, started.event_on

),

collapsed as (

    select
        enquiry_key,
        person_key,
        partner,
        started_on,
        is_not_required,
        -- An enquiry that ended has ended: a date before its start is a slip, and counts as that day.
        case when ended_on < started_on then started_on else ended_on end as ended_on,
        lead(started_on) over (
            partition by partner, person_key
            order by started_on
        ) as next_started_on

    from one_a_day

)

select * from collapsed
