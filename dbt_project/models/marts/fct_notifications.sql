with

events as (

    select * from {{ ref('stg_partner__events') }}
    where event_type = 'PARTNER_NOTIFICATION'

),

notifications as (

    select
        event_key as notification_key,
        person_key,
        partner,
        partner_type,
        event_on as notified_on,
        {{ quarter_of('event_on') }} as period

    from events

)

select * from notifications
