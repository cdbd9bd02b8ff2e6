with

contacts as (

    select * from {{ ref('int_contacts_with_first_decision') }}
    where decided_on is not null

),

levels as (

    select
        code,
        level

    from {{ ref('codelist__help_level') }}

),

helped as (

    select * from {{ ref('int_help_levelled') }}

),

moves as (

    select
        partner,
        person_key,
        event_on as moved_on

    from {{ ref('stg_partner__events') }}
    where
        event_type = 'CASE_CLOSED'
        and closure_code = 'RC5'

),

-- What was decided. Passed on to others, or on to an open case, says nothing about how much help.
decided as (

    select
        *,
        case
            when outcome_code in ('nfa', 'advice', 'signposted') then 'none'
            when outcome_code = 'early_help' then 'early_help'
            when outcome_code = 'assessment' then 'assessment'
            when outcome_code = 'strategy_s47' then 'enquiry'
        end as level_decided

    from contacts

),

levelled as (

    select
        decided.contact_key,
        decided.person_key,
        decided.partner,
        decided.decided_on,
        decided.level_decided,
        levels.level

    from decided
    inner join levels on decided.level_decided = levels.code

),

-- After the day: a referral on the day of the decision is what was decided. Told by whichever partner.
escalated as (

    select
        levelled.contact_key,
        levelled.person_key,
        levelled.partner,
        min(helped.reached_on) as escalated_on

    from levelled
    inner join helped
        on
            levelled.person_key = helped.person_key
            and levelled.decided_on < helped.reached_on
            and levelled.level < helped.level
    group by levelled.contact_key, levelled.person_key, levelled.partner

),

joined as (

    select
        levelled.contact_key,
        levelled.person_key,
        levelled.partner,
        levelled.level_decided,
        escalated.escalated_on,
        min(moves.moved_on) as moved_on

    from levelled
    left join escalated
        on
            levelled.contact_key = escalated.contact_key
            and levelled.partner = escalated.partner
            and levelled.person_key = escalated.person_key
    left join moves
        on
            levelled.partner = moves.partner
            and levelled.person_key = moves.person_key
            and levelled.decided_on <= moves.moved_on
    group by
        levelled.contact_key, levelled.person_key, levelled.partner, levelled.level_decided, escalated.escalated_on

)

select * from joined
