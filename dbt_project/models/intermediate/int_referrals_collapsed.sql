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
        row_number() over ({{ of_one_day() }}) as same_day_rank

    from events
    where event_type = 'REFERRAL_RECEIVED'

),

-- An episode's key may be shared, as by siblings: what ends one child's case is told of that child.
closures as (

    select
        partner,
        person_key,
        episode_key,
        event_on as closed_on,
        closure_code,
        max(case when event_type = 'REFERRAL_DECIDED' then 1 else 0 end) over (
            partition by partner, person_key, episode_key
        ) = 1 as is_nfa,
        -- The first ends it. On one day, the one that says why.
        row_number() over (
            partition by partner, person_key, episode_key
            order by event_on asc, closure_code is null asc, format_position asc, event_key asc
        ) as closing_rank

    from events
    where
        episode_key is not null
        and (
            event_type = 'CASE_CLOSED'
            or (event_type = 'REFERRAL_DECIDED' and outcome_code = 'nfa')
        )

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
        closures.closure_code,
        -- A case that was closed is closed: a date before the referral is a slip, and counts as that day.
        case
            when closures.closed_on < received.event_on then received.event_on
            else closures.closed_on
        end as closed_on,
        coalesce(closures.is_nfa, false) as is_nfa

    from received
    inner join sources on received.source_category = sources.code
    left join closures
        on
            received.partner = closures.partner
            and received.person_key = closures.person_key
            and received.episode_key = closures.episode_key
            and closures.closing_rank = 1
    where received.same_day_rank = 1

),

-- DfE: a referral cannot arrive while the case is open. One that does belongs to the open episode.
collapsed as (

    select
        *,
        coalesce(
            max(coalesce(closed_on, cast('9999-12-31' as date))) over (
                partition by partner, person_key
                order by received_on
                rows between unbounded preceding and 1 preceding
            ) > received_on,
            false
        ) as is_while_open

    from one_a_day

)

select * from collapsed
