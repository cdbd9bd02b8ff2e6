with

contacts as (

    select * from {{ ref('int_contacts_with_first_decision') }}

),

requests as (

    select * from {{ ref('int_requests_answered') }}

),

snapshots as (

    select * from {{ ref('int_snapshots_agreed') }}

),

days as (

    select * from {{ ref('int_days_numbered') }}

),

hours as (

    select * from {{ ref('int_hours_numbered') }}

),

-- What ended after the day up to which it is followed was still waiting then.
waits as (

    select
        'contact' as kind,
        contacts.contact_key as wait_key,
        contacts.person_key,
        contacts.partner,
        contacts.received_on as started_on,
        contacts.received_at as started_at,
        contacts.decided_at as ended_at,
        coalesce(contacts.decided_on <= snapshots.censored_on, false) as is_ended,
        case
            when contacts.decided_on <= snapshots.censored_on then contacts.decided_on else snapshots.censored_on
        end as waited_to_on

    from contacts
    cross join snapshots
    where contacts.received_on <= snapshots.censored_on

    union all

    select
        'request' as kind,
        request_key as wait_key,
        person_key,
        partner,
        requested_on as started_on,
        requested_at as started_at,
        returned_at as ended_at,
        coalesce(returned_on <= followed_to_on, false) as is_ended,
        case when returned_on <= followed_to_on then returned_on else followed_to_on end as waited_to_on

    from requests

),

-- What still waits has waited to the end of that day. Two clocks may put an end just before its start: that took no time.
dated as (

    select
        waits.*,
        waits.started_at is not null and (not waits.is_ended or waits.ended_at is not null) as is_hour_known,
        greatest(last_days.working_day_number - first_days.rolled_day_number, 0) as working_days,
        case when waits.is_ended then waits.ended_at else last_days.ends_at end as waited_to_at

    from waits
    inner join days as first_days on waits.started_on = first_days.day_on
    inner join days as last_days on waits.waited_to_on = last_days.day_on

),

clocked as (

    select
        dated.kind,
        dated.wait_key,
        dated.person_key,
        dated.partner,
        dated.is_ended,
        dated.is_hour_known,
        dated.working_days,
        case
            when dated.is_hour_known
                then greatest({{ dbt.datediff("dated.started_at", "dated.waited_to_at", "second") }}, 0)
        end as elapsed_seconds,
        case
            when dated.is_hour_known
                then greatest(
                    {{ operating_seconds_at('last_hours', 'dated.waited_to_at') }}
                    - ({{ operating_seconds_at('first_hours', 'dated.started_at') }}),
                    0
                )
        end as operating_seconds

    from dated
    inner join hours as first_hours
        on
            dated.partner = first_hours.partner
            and dated.started_on = first_hours.day_on
    inner join hours as last_hours
        on
            dated.partner = last_hours.partner
            and dated.waited_to_on = last_hours.day_on

)

select * from clocked
