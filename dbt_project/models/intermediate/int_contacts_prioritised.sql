with

contacts as (

    select * from {{ ref('int_contacts_with_first_decision') }}
    where coalesce(is_decision_told, true)

),

events as (

    select * from {{ ref('stg_partner__events') }}
    where
        event_type in ('PRIORITY_SET', 'PRIORITY_CHANGED')
        and priority is not null

),

snapshots as (

    select * from {{ ref('int_snapshots_agreed') }}

),

-- What is given after the agreed day is not known yet, and so is a decision after it: the contact was still open then.
given as (

    select
        contacts.contact_key,
        contacts.person_key,
        contacts.partner,
        events.event_key,
        events.event_on,
        events.event_at,
        events.priority,
        -- A change says what it changed; a source may tell of the change and not of what was there first.
        case when events.event_type = 'PRIORITY_CHANGED' then events.priority_prev end as told_before,
        case when events.event_type = 'PRIORITY_SET' then 1 else 2 end as step,
        case
            when contacts.decided_on is null or contacts.decided_on > snapshots.censored_on then true
            when contacts.decided_at is not null and events.event_at is not null
                then events.event_at <= contacts.decided_at
            else events.event_on <= contacts.decided_on
        end as is_by_decision

    from contacts
    inner join events
        on
            contacts.partner = events.partner
            and contacts.person_key = events.person_key
            and contacts.contact_key = events.parent_event_key
    cross join snapshots
    where events.event_on <= snapshots.censored_on

),

ordered as (

    select
        *,
        row_number() over (
            partition by partner, person_key, contact_key
            order by event_on asc, event_at asc nulls first, step asc, event_key asc
        ) as from_first,
        row_number() over (
            partition by partner, person_key, contact_key, is_by_decision
            order by event_on desc, event_at desc nulls last, step desc, event_key desc
        ) as from_last,
        coalesce(
            told_before,
            lag(priority) over (
                partition by partner, person_key, contact_key
                order by event_on asc, event_at asc nulls first, step asc, event_key asc
            )
        ) as priority_before

    from given

),

prioritised as (

    select
        contact_key,
        person_key,
        partner,
        cast(sum(
            case when is_by_decision and priority <> priority_before then 1 else 0 end
        ) as integer) as change_count,
        max(case when from_first = 1 then coalesce(told_before, priority) end) as initial_priority,
        max(case when is_by_decision and from_last = 1 then priority end) as last_priority

    from ordered
    group by contact_key, person_key, partner

),

-- A priority first given after the decision was none that the decision could keep to, but the only one there is.
in_force as (

    select
        contact_key,
        person_key,
        partner,
        initial_priority,
        change_count,
        coalesce(last_priority, initial_priority) as priority

    from prioritised

)

select * from in_force
