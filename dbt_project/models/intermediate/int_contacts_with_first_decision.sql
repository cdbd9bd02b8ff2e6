with

events as (

    select * from {{ ref('stg_partner__events') }}

),

sources as (

    select
        code,
        source_group

    from {{ ref('codelist__referral_source') }}

),

received as (

    select * from events
    where event_type = 'CONTACT_RECEIVED'

),

-- The first recorded decision on the child counts; a later one on a re-opened contact is another decision.
first_decisions as (

    select
        *,
        row_number() over (
            partition by partner, person_key, parent_event_key
            order by event_on asc, event_at asc nulls last, event_key asc
        ) as decision_rank

    from events
    where
        event_type = 'CONTACT_DECIDED'
        and parent_event_key is not null

),

joined as (

    select
        received.event_key as contact_key,
        received.person_key,
        received.partner,
        received.event_on as received_on,
        received.event_at as received_at,
        sources.source_group,
        received.source_category,
        coalesce(received.open_case, 'u') as open_case,
        -- Where the extract cannot tell of decisions, one that is not there is not a wait.
        coalesce(received.carries_contact_decisions, true) or first_decisions.event_on is not null as is_decision_told,
        first_decisions.event_on as decided_on,
        first_decisions.event_at as decided_at,
        first_decisions.outcome_code,
        {{ is_before_its_start('first_decisions', 'received') }} as is_decided_before_receipt

    from received
    inner join sources on received.source_category = sources.code
    left join first_decisions
        on
            received.event_key = first_decisions.parent_event_key
            and received.partner = first_decisions.partner
            and received.person_key = first_decisions.person_key
            and first_decisions.decision_rank = 1

)

select * from joined
