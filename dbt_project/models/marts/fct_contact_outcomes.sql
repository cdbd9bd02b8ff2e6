with

contacts as (

    select * from {{ ref('int_contacts_with_first_decision') }}

),

referrals as (

    select * from {{ ref('int_contacts_with_referral') }}

),

escalations as (

    select * from {{ ref('int_contacts_with_escalation') }}

),

persons as (

    select * from {{ ref('int_persons_followed') }}

),

days as (

    select * from {{ ref('int_days_numbered') }}

),

snapshots as (

    select * from {{ ref('int_snapshots_agreed') }}

),

joined as (

    select
        contacts.*,
        contacts.open_case <> 'y' as is_in_measure,
        case when contacts.decided_on <= snapshots.censored_on then contacts.outcome_code end as outcome_by_then,
        coalesce(referrals.referred_on <= snapshots.censored_on, false) as is_referred,
        agreed_days.working_day_number - first_days.working_day_number as followed_working_days,
        -- Who had died or was 18 by the day of the decision is not followed from it.
        contacts.decided_on <= snapshots.censored_on
        and coalesce(persons.left_on > contacts.decided_on, true) as is_at_risk,
        escalations.level_decided,
        escalations.escalated_on,
        least(
            coalesce(escalations.moved_on, cast('9999-12-31' as date)),
            coalesce(persons.left_on, cast('9999-12-31' as date))
        ) as competing_on,
        snapshots.censored_on

    from contacts
    left join referrals
        on
            contacts.contact_key = referrals.contact_key
            and contacts.partner = referrals.partner
            and contacts.person_key = referrals.person_key
    left join escalations
        on
            contacts.contact_key = escalations.contact_key
            and contacts.partner = escalations.partner
            and contacts.person_key = escalations.person_key
    left join persons on contacts.person_key = persons.person_key
    cross join snapshots
    inner join days as first_days on contacts.received_on = first_days.day_on
    inner join days as agreed_days on snapshots.censored_on = agreed_days.day_on
    where contacts.received_on <= snapshots.censored_on

),

-- Followed to whichever comes first; on one day, the rise in need came first.
followed as (

    select
        *,
        coalesce(is_in_measure and is_at_risk and level_decided is not null, false) as has_level,
        case
            when escalated_on <= least(competing_on, censored_on) then 'escalated'
            when competing_on <= censored_on then 'competing'
            else 'open'
        end as status,
        least(coalesce(escalated_on, censored_on), competing_on, censored_on) as ended_on

    from joined

),

outcomes as (

    select
        contact_key,
        person_key,
        partner,
        received_on,
        {{ quarter_of('received_on') }} as period,
        source_group,
        is_in_measure,
        -- Not those referred early alone: until five days are over, none of that day is counted.
        case when followed_working_days >= 5 then is_referred end as became_referral,
        is_in_measure and outcome_by_then is not null as is_decided_in_measure,
        outcome_by_then as outcome_code,
        outcome_by_then in ('nfa', 'advice') as is_no_further_action,
        has_level,
        case when has_level then level_decided end as level_decided,
        case when has_level then status end as escalation_status,
        cast(case when has_level then {{ dbt.datediff('decided_on', 'ended_on', 'day') }} end as integer) as escalation_days

    from followed

)

select * from outcomes
