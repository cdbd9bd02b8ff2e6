with

referrals as (

    select * from {{ ref('fct_referrals') }}

),

notices as (

    select * from {{ ref('fct_referral_notices') }}

),

sources as (

    select
        code,
        published_source

    from {{ ref('codelist__source_group') }}

),

-- No row is left out here: how far a person counts is bounded at the border, over all their rows of four quarters.
asked as (

    select
        referrals.referral_key as row_key,
        referrals.period,
        referrals.person_key,
        -- Small sources are joined by public rule, not by how many there are.
        sources.published_source as source_group,
        case
            when referrals.status = 'assessed' then {{ bin_of('referrals', 'referrals.duration_working_days') }}
            else referrals.status
        end as time_category,
        case
            when referrals.is_rereferral then 'yes'
            when not referrals.is_rereferral then 'no'
        end as is_rereferral,
        case
            when notices.is_known_to_two_agencies then 'yes'
            when not notices.is_known_to_two_agencies then 'no'
            else 'not_asked'
        end as two_agencies

    from referrals
    inner join sources on referrals.source_group = sources.code
    left join notices
        on
            referrals.referral_key = notices.referral_key
            and referrals.partner = notices.partner
            and referrals.person_key = notices.person_key

)

select * from asked
