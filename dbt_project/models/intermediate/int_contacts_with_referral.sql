with

events as (

    select * from {{ ref('stg_partner__events') }}
    where event_type in ('CONTACT_RECEIVED', 'REFERRAL_RECEIVED')

),

days as (

    select * from {{ ref('int_days_numbered') }}

),

numbered as (

    select
        events.event_key,
        events.event_type,
        events.partner,
        events.person_key,
        events.parent_event_key,
        events.episode_key,
        events.event_on,
        days.working_day_number

    from events
    inner join days on events.event_on = days.day_on

),

-- A referral that names the contact, or is of its episode, came of it whenever it was made. Most systems keep no such
-- key: then one of the same person soon after counts.
joined as (

    select
        contacts.event_key as contact_key,
        contacts.person_key,
        contacts.partner,
        min(referrals.event_on) as referred_on

    from numbered as contacts
    inner join numbered as referrals
        on
            contacts.partner = referrals.partner
            and contacts.person_key = referrals.person_key
            and contacts.event_on <= referrals.event_on
            and (
                referrals.working_day_number - contacts.working_day_number <= 5
                or contacts.event_key = referrals.parent_event_key
                or contacts.episode_key = referrals.episode_key
            )
    where
        contacts.event_type = 'CONTACT_RECEIVED'
        and referrals.event_type = 'REFERRAL_RECEIVED'
    group by contacts.event_key, contacts.person_key, contacts.partner

)

select * from joined
