with

events as (

    select * from {{ ref('stg_partner__events') }}

),

reached as (

    select * from {{ ref('int_partners_reached') }}

),

concerns as (

    select * from events
    where event_type = 'CONCERN_RECEIVED'

),

-- What came after the partner's latest extract is not known yet.
enquiries as (

    select events.*

    from events
    inner join reached on events.partner = reached.partner
    where
        events.event_type = 'ENQUIRY_STARTED'
        and events.outcome_code = 's42'
        and events.event_on <= reached.reaches_to

),

-- An enquiry names its concern, or stands under the same episode of the same adult.
joined as (

    select
        concerns.event_key as concern_key,
        concerns.person_key,
        concerns.partner,
        min(enquiries.event_on) as enquired_on

    from concerns
    inner join enquiries
        on
            concerns.partner = enquiries.partner
            and concerns.person_key = enquiries.person_key
            and (
                concerns.event_key = enquiries.parent_event_key
                or concerns.episode_key = enquiries.episode_key
            )
    group by concerns.event_key, concerns.person_key, concerns.partner

)

select * from joined
