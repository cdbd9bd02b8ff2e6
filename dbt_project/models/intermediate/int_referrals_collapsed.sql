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

    select
        *,
        -- Two systems of one council tell of one referral; so do two referrals on one day.
        row_number() over (
            partition by partner, person_key, event_on
            order by format_position asc, event_key asc
        ) as same_day_rank

    from events
    where event_type = 'REFERRAL_RECEIVED'

),

-- An episode's key may be shared, as by siblings: what ends one child's case is told of that child.
closures as (

    select
        partner,
        person_key,
        episode_key,
        min(event_on) as closed_on

    from events
    where
        episode_key is not null
        and (
            event_type = 'CASE_CLOSED'
            or (event_type = 'REFERRAL_DECIDED' and outcome_code = 'nfa')
        )
    group by partner, person_key, episode_key

),

no_further_action as (

    select distinct
        partner,
        person_key,
        episode_key

    from events
    where
        event_type = 'REFERRAL_DECIDED'
        and outcome_code = 'nfa'
        and episode_key is not null

),

one_a_day as (

    select
        received.event_key as referral_key,
        received.episode_key,
        received.person_key,
        received.partner,
        received.source_format,
        received.event_on as received_on,
        received.source_category,
        sources.source_group,
        received.need_code,
        -- A case that was closed is closed: a date before the referral is a slip, and counts as that day.
        case
            when closures.closed_on < received.event_on then received.event_on
            else closures.closed_on
        end as closed_on,
        no_further_action.episode_key is not null as is_nfa

    from received
    inner join sources on received.source_category = sources.code
    left join closures
        on
            received.partner = closures.partner
            and received.person_key = closures.person_key
            and received.episode_key = closures.episode_key
    left join no_further_action
        on
            received.partner = no_further_action.partner
            and received.person_key = no_further_action.person_key
            and received.episode_key = no_further_action.episode_key
    where received.same_day_rank = 1

),

-- DfE: a referral cannot arrive while the case is open. One that does belongs to the open episode.
ordered as (

    select
        *,
        max(coalesce(closed_on, cast('9999-12-31' as date))) over (
            partition by partner, person_key
            order by received_on
            rows between unbounded preceding and 1 preceding
        ) as earlier_closed_on

    from one_a_day

),

collapsed as (

    select
        referral_key,
        episode_key,
        person_key,
        partner,
        source_format,
        received_on,
        source_category,
        source_group,
        need_code,
        closed_on,
        is_nfa,
        coalesce(earlier_closed_on > received_on, false) as is_while_open

    from ordered

)

select * from collapsed
