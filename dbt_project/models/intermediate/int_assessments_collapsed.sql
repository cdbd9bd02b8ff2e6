with

events as (

    select * from {{ ref('stg_partner__events') }}

),

-- Two systems of one council tell of one assessment; so do two that were authorised on one day.
authorised as (

    select
        *,
        row_number() over ({{ of_one_day() }}) as same_day_rank,
        -- One system may tell of the factors and the other not.
        coalesce(
            factor_codes, min(factor_codes) over (partition by partner, person_key, event_on)
        ) as factor_codes_told

    from events
    where event_type = 'ASSESSMENT_AUTHORISED'

),

starts as (

    select
        partner,
        person_key,
        event_key,
        min(event_on) as started_on

    from events
    where event_type = 'ASSESSMENT_STARTED'
    group by partner, person_key, event_key

),

-- Of the child alone: a sibling's referral under the same episode is none of this child.
referrals as (

    select
        partner,
        person_key,
        episode_key,
        min(event_on) as received_on

    from events
    where
        event_type = 'REFERRAL_RECEIVED'
        and episode_key is not null
    group by partner, person_key, episode_key

),

joined as (

    select
        authorised.event_key as assessment_key,
        authorised.person_key,
        authorised.partner,
        authorised.episode_key,
        referrals.received_on,
        starts.started_on,
        authorised.event_on as authorised_on,
        authorised.factor_codes_told as factor_codes

    from authorised
    left join starts
        on
            authorised.parent_event_key = starts.event_key
            and authorised.partner = starts.partner
            and authorised.person_key = starts.person_key
    left join referrals
        on
            authorised.episode_key = referrals.episode_key
            and authorised.partner = referrals.partner
            and authorised.person_key = referrals.person_key
    where authorised.same_day_rank = 1

),

collapsed as (

    select
        assessment_key,
        person_key,
        partner,
        received_on,
        started_on,
        authorised_on,
        factor_codes,
        -- The first to begin of those that were finished. Without an episode nobody can tell.
        case
            when episode_key is not null
                then row_number() over (
                    partition by partner, person_key, episode_key
                    order by coalesce(started_on, authorised_on), authorised_on
                ) = 1
        end as is_first_of_episode

    from joined

)

select * from collapsed
