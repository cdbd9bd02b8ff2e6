with

events as (

    select * from {{ ref('stg_partner__events') }}

),

reached as (

    select * from {{ ref('int_partners_reached') }}

),

enquiries as (

    select * from {{ ref('int_concerns_with_enquiry') }}

),

sources as (

    select
        code,
        source_group

    from {{ ref('codelist__referral_source') }}

),

-- What came after the partner's latest extract is not known yet.
known as (

    select
        events.*,
        reached.history_from_on,
        reached.reaches_to

    from events
    inner join reached on events.partner = reached.partner
    where
        events.event_type in ('CONCERN_RECEIVED', 'CONCERN_DECIDED')
        and events.event_on <= reached.reaches_to

),

-- The first recorded decision counts; a later one on a re-opened concern is another decision.
decisions as (

    select
        *,
        row_number() over (
            partition by partner, person_key, parent_event_key
            order by event_on asc, event_at asc nulls last, event_key asc
        ) as decision_rank,
        min(case when outcome_code = 's42' then event_on end) over (
            partition by partner, person_key, parent_event_key
        ) as decided_s42_on

    from known
    where
        event_type = 'CONCERN_DECIDED'
        and parent_event_key is not null

),

concerns as (

    select * from known
    where event_type = 'CONCERN_RECEIVED'

),

joined as (

    select
        concerns.event_key as concern_key,
        concerns.person_key,
        concerns.partner,
        concerns.event_on as received_on,
        concerns.history_from_on,
        concerns.reaches_to,
        sources.source_group,
        decisions.event_on as decided_on,
        -- An enquiry decided on and not told of as such began, as far as anybody knows, on the day of the decision.
        coalesce(enquiries.enquired_on, decisions.decided_s42_on) as enquired_on,
        {{ is_before_its_start('decisions', 'concerns') }} as is_decided_before_receipt

    from concerns
    inner join sources on concerns.source_category = sources.code
    left join decisions
        on
            concerns.event_key = decisions.parent_event_key
            and concerns.partner = decisions.partner
            and concerns.person_key = decisions.person_key
            and decisions.decision_rank = 1
    left join enquiries
        on
            concerns.event_key = enquiries.concern_key
            and concerns.partner = enquiries.partner
            and concerns.person_key = enquiries.person_key

)

select * from joined
