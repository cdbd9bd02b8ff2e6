with

episodes as (

    select * from {{ ref('int_early_help_collapsed') }}

),

referrals as (

    select distinct
        person_key,
        event_on as referred_on

    from {{ ref('stg_partner__events') }}
    where event_type = 'REFERRAL_RECEIVED'

),

snapshots as (

    select * from {{ ref('int_snapshots_agreed') }}

),

-- An end after the agreed day is not known yet.
known as (

    select
        episodes.early_help_key,
        episodes.person_key,
        episodes.partner,
        episodes.started_on,
        case when episodes.ended_on <= snapshots.censored_on then episodes.ended_on end as ended_on,
        snapshots.censored_on

    from episodes
    cross join snapshots
    where episodes.started_on <= snapshots.censored_on

),

watched as (

    select
        *,
        coalesce(ended_on >= started_on, false) as is_ended,
        cast({{ dbt.dateadd('day', 30, 'ended_on') }} as date) as watched_to_on

    from known

),

-- To whichever council: early help may be another partner's.
followed as (

    select
        watched.early_help_key,
        watched.person_key,
        watched.partner,
        watched.started_on,
        watched.ended_on,
        watched.censored_on,
        watched.is_ended,
        watched.watched_to_on,
        min(referrals.referred_on) as referred_on

    from watched
    left join referrals
        on
            watched.person_key = referrals.person_key
            and watched.ended_on <= referrals.referred_on
            and watched.watched_to_on >= referrals.referred_on
    group by
        watched.early_help_key,
        watched.person_key,
        watched.partner,
        watched.started_on,
        watched.ended_on,
        watched.censored_on,
        watched.is_ended,
        watched.watched_to_on

),

stepped as (

    select
        early_help_key,
        person_key,
        partner,
        started_on,
        ended_on,
        case when ended_on is not null then {{ quarter_of('ended_on') }} end as period,
        is_ended,
        -- Until thirty days are over, none of that day is counted: not those referred early alone.
        case when is_ended and watched_to_on <= censored_on then referred_on is not null end as is_stepped_up

    from followed

)

select * from stepped
