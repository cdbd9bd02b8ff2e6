with

events as (

    select * from {{ ref('stg_partner__events') }}

),

started as (

    select
        event_key as enquiry_key,
        person_key,
        partner,
        event_on as started_on,
        coalesce(outcome_code = 's42', false) as is_s42

    from events
    where event_type = 'ENQUIRY_STARTED'

)

select * from started
