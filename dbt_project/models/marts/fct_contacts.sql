with

contacts as (

    select * from {{ ref('int_contacts_with_first_decision') }}

),

days as (

    select * from {{ ref('int_days_numbered') }}

),

hours as (

    select * from {{ ref('int_hours_numbered') }}

),

snapshots as (

    select * from {{ ref('int_snapshots_agreed') }}

),

-- A decision made after the agreed day is not known yet: the contact was still open then.
followed as (

    select
        contacts.contact_key,
        contacts.person_key,
        contacts.partner,
        contacts.received_on,
        contacts.received_at,
        contacts.source_group,
        contacts.open_case = 'y' as is_on_open_case,
        coalesce(contacts.is_decision_told, true) as is_decision_told,
        contacts.is_decided_before_receipt,
        case when contacts.decided_on <= snapshots.censored_on then contacts.decided_on end as decided_on,
        case when contacts.decided_on <= snapshots.censored_on then contacts.outcome_code end as outcome_code,
        snapshots.contacts_from_on,
        snapshots.censored_on

    from contacts
    cross join snapshots
    where contacts.received_on <= snapshots.censored_on

),

timed as (

    select
        followed.contact_key,
        followed.person_key,
        followed.partner,
        followed.received_on,
        {{ quarter_of('followed.received_on') }} as period,
        followed.source_group,
        followed.is_on_open_case,
        followed.is_decision_told,
        followed.is_decided_before_receipt,
        followed.decided_on,
        followed.outcome_code,
        case when followed.decided_on is null then 'open' else 'decided' end as status,
        -- Still open: days waited so far. Two clocks may put a decision just before its receipt: that took no days.
        greatest(last_days.working_day_number - first_days.working_day_number, 0) as duration_working_days,
        {{ entered_after(
            'followed.received_on', 'followed.contacts_from_on',
            '(unseen_days.working_day_number - first_days.working_day_number)'
        ) }} as entered_after_working_days,
        not followed.is_on_open_case
        and not followed.is_decided_before_receipt
        and followed.is_decision_told as is_in_measure,
        -- Closed for the whole day, the hub has no opening: then every minute of it is out of hours.
        case
            when followed.received_at is null then 'u'
            when followed.received_at >= hours.opens_at and followed.received_at < hours.closes_at then 'n'
            else 'y'
        end as out_of_hours

    from followed
    inner join days as first_days on followed.received_on = first_days.day_on
    inner join days as last_days on coalesce(followed.decided_on, followed.censored_on) = last_days.day_on
    left join days as unseen_days on {{ last_unseen_day('followed.contacts_from_on') }} = unseen_days.day_on
    left join hours
        on
            followed.partner = hours.partner
            and followed.received_on = hours.day_on

)

select * from timed
