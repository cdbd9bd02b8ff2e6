with

events as (

    select * from {{ ref('stg_partner__events') }}
    where event_type = 'PARTNER_NOTIFICATION'

),

snapshots as (

    select * from {{ ref('int_snapshots_agreed') }}

),

-- After the agreed day not all partners have told yet: the mix would be of those who were quick.
notifications as (

    select
        events.event_key as notification_key,
        events.person_key,
        events.partner,
        events.partner_type,
        events.event_on as notified_on,
        {{ quarter_of('events.event_on') }} as period

    from events
    cross join snapshots
    where events.event_on <= snapshots.censored_on

)

select * from notifications
