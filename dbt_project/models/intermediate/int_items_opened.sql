with

contacts as (

    select * from {{ ref('int_contacts_with_first_decision') }}
    where
        open_case <> 'y'
        and coalesce(is_decision_told, true)

),

referrals as (

    select * from {{ ref('int_referrals_collapsed') }}
    where not is_while_open

),

assessments as (

    select * from {{ ref('int_referrals_with_assessment') }}

),

-- Closing a case before any assessment is authorised ends the wait for one too.
opened as (

    select
        contact_key as item_key,
        person_key,
        partner,
        source_group,
        received_on,
        decided_on as ended_on,
        true as is_contact,
        {{ measure('N_OPEN_AGE_CONTACTS').limit }} as most_days

    from contacts

    union all

    select
        referrals.referral_key as item_key,
        referrals.person_key,
        referrals.partner,
        referrals.source_group,
        referrals.received_on,
        case
            when assessments.assessed_on is null or referrals.closed_on < assessments.assessed_on then referrals.closed_on
            else assessments.assessed_on
        end as ended_on,
        false as is_contact,
        {{ measure('N_OPEN_AGE_ASSESSMENTS').limit }} as most_days

    from referrals
    left join assessments
        on
            referrals.referral_key = assessments.referral_key
            and referrals.person_key = assessments.person_key

)

select * from opened
