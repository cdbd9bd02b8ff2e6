with

referrals as (

    select * from {{ ref('int_referrals_collapsed') }}
    where not is_while_open

),

authorised as (

    select
        partner,
        person_key,
        episode_key,
        event_on

    from {{ ref('stg_partner__events') }}
    where
        event_type = 'ASSESSMENT_AUTHORISED'
        and episode_key is not null

),

-- Of the child's own assessments alone: one of a sibling's under the same episode is none of this child.
joined as (

    select
        referrals.referral_key,
        referrals.person_key,
        referrals.partner,
        min(authorised.event_on) as assessed_on

    from referrals
    inner join authorised
        on
            referrals.partner = authorised.partner
            and referrals.person_key = authorised.person_key
            and referrals.episode_key = authorised.episode_key
            and referrals.received_on <= authorised.event_on
    group by referrals.referral_key, referrals.person_key, referrals.partner

)

select * from joined
