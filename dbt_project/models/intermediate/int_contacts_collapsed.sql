with

contacts as (

    select * from {{ ref('int_contacts_with_first_decision') }}

),

events as (

    select * from {{ ref('stg_partner__events') }}
    where event_type = 'CONTACT_RECEIVED'

),

person_links as (

    select * from {{ source('linkage', 'person_link') }}

),

snapshots as (

    select * from {{ ref('int_snapshots_agreed') }}

),

-- A decision made after the agreed day is not known yet.
known as (

    select
        contacts.contact_key,
        contacts.person_key,
        person_links.person_key_without_weakest,
        contacts.partner,
        events.incident_key,
        contacts.received_on,
        contacts.received_at,
        contacts.source_category,
        contacts.source_group,
        case when contacts.decided_on <= snapshots.censored_on then contacts.decided_on end as decided_on,
        case when contacts.decided_on <= snapshots.censored_on then contacts.decided_at end as decided_at,
        case when contacts.decided_on <= snapshots.censored_on then contacts.outcome_code end as outcome_code

    from contacts
    inner join events
        on
            contacts.contact_key = events.event_key
            and contacts.partner = events.partner
            and contacts.person_key = events.person_key
    left join person_links on events.local_person_key = person_links.local_person_key
    cross join snapshots
    where contacts.received_on <= snapshots.censored_on

),

-- What may tell of the same: a contact of the same incident, or the one before it from the same source with the same
-- outcome. Two that both wait have the same outcome so far.
ordered as (

    select
        *,
        incident_key is not null
        and row_number() over (
            partition by partner, person_key, incident_key
            order by received_on asc, received_at asc nulls last, contact_key asc
        ) > 1 as is_of_known_incident,
        lag(received_on) over (
            partition by partner, person_key, source_category, outcome_code
            order by received_on asc, received_at asc nulls last, contact_key asc
        ) as previous_on,
        lag(received_at) over (
            partition by partner, person_key, source_category, outcome_code
            order by received_on asc, received_at asc nulls last, contact_key asc
        ) as previous_at

    from known

),

marked as (

    select
        *,
        -- Where no time is known, on the same day.
        coalesce(
            case
                when received_at is not null and previous_at is not null
                    then received_at <= {{ dbt.dateadd('hour', 24, 'previous_at') }}
                else received_on = previous_on
            end,
            false
        ) as is_told_again

    from ordered

),

collapsed as (

    select
        contact_key,
        person_key,
        person_key_without_weakest,
        partner,
        received_on,
        received_at,
        source_group,
        decided_on,
        decided_at,
        outcome_code

    from marked
    where not is_of_known_incident and not is_told_again

)

select * from collapsed
