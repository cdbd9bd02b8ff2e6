with

events as (

    select * from {{ ref('stg_partner__events') }}

),

reached as (

    select * from {{ ref('int_partners_reached') }}

),

started as (

    select * from {{ ref('int_adult_enquiries_started') }}

),

-- Some sources tell the kind of an enquiry when it begins, and not again when it is concluded.
concluded as (

    select
        events.*,
        coalesce(events.outcome_code = 's42', started.is_s42, false) as is_concluded_s42

    from events
    inner join reached on events.partner = reached.partner
    left join started
        on
            events.parent_event_key = started.enquiry_key
            and events.partner = started.partner
            and events.person_key = started.person_key
    where
        events.event_type = 'ENQUIRY_CONCLUDED'
        and events.event_on <= reached.reaches_to

),

-- Safeguarding Adults Collection, SG2e, SG4a and SG3a: what was not known or not recorded is a "no" that is shown.
judged as (

    select
        event_key as enquiry_key,
        person_key,
        partner,
        event_on as concluded_on,
        {{ quarter_of('event_on') }} as period,
        is_concluded_s42,
        risk_types,
        risk_outcome,
        risk_location,
        risk_source,
        coalesce(wishes_outcome, 'not_recorded') as wishes_outcome,
        coalesce(capacity, 'not_recorded') as capacity,
        is_concluded_s42 and coalesce(risk_outcome in ('removed', 'reduced', 'remained'), false) as is_risk_identified,
        coalesce(risk_outcome in ('removed', 'reduced'), false) as is_risk_reduced,
        coalesce(wishes_outcome in ('fully', 'partly', 'not_achieved'), false) as is_asked_and_expressed,
        is_concluded_s42
        and coalesce(wishes_outcome in ('fully', 'partly', 'not_achieved'), false) as is_wish_expressed,
        coalesce(wishes_outcome in ('fully', 'partly'), false) as is_wish_achieved,
        coalesce(capacity in ('lacked_supported', 'lacked_unsupported'), false) as is_without_capacity,
        is_concluded_s42
        and coalesce(capacity in ('lacked_supported', 'lacked_unsupported'), false) as is_lacking_capacity,
        coalesce(capacity = 'lacked_supported', false) as is_supported

    from concluded

)

select * from judged
