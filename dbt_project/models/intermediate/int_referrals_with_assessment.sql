with

referrals as (

    select * from {{ ref('int_referrals_collapsed') }}
    where not is_while_open

),

authorised as (

    select
        partner,
        episode_key,
        event_on

    from {{ ref('stg_partner__events') }}
    where
        event_type = 'ASSESSMENT_AUTHORISED'
        and episode_key is not null

),

joined as (

    select
        referrals.referral_key,
        min(authorised.event_on) as assessed_on

    from referrals
    inner join authorised
        on
            referrals.partner = authorised.partner
            and referrals.episode_key = authorised.episode_key
            and referrals.received_on <= authorised.event_on
    group by referrals.referral_key

)

select * from joined
