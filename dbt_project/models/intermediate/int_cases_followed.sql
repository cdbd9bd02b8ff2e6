with

cases as (

    select * from {{ ref('int_referrals_joined_into_cases') }}

),

events as (

    select * from {{ ref('stg_partner__events') }}
    where event_type in ('EH_STARTED', 'CPP_STARTED', 'CASE_CLOSED')

),

persons as (

    select * from {{ ref('int_persons_followed') }}

),

snapshots as (

    select * from {{ ref('int_snapshots_agreed') }}

),

closed as (

    select
        cases.*,
        persons.left_on,
        snapshots.history_from_on,
        snapshots.censored_on

    from cases
    left join persons on cases.person_key = persons.person_key
    cross join snapshots
    where cases.closed_on <= snapshots.censored_on

),

-- Early help may begin on the day of the closing, and by whichever partner. A plan or a move of that day is of the case
-- that ended.
followed as (

    select
        closed.referral_key,
        closed.person_key,
        closed.partner,
        min(case when events.event_type = 'EH_STARTED' then events.event_on end) as helped_on,
        min(
            case when events.event_type = 'CPP_STARTED' and events.event_on > closed.closed_on then events.event_on end
        ) as planned_on,
        min(
            case
                when
                    events.closure_code = 'RC5'
                    and events.partner = closed.partner
                    and events.event_on > closed.closed_on
                    then events.event_on
            end
        ) as moved_on

    from closed
    left join events
        on
            closed.person_key = events.person_key
            and closed.closed_on <= events.event_on
    group by closed.referral_key, closed.person_key, closed.partner

),

joined as (

    select
        closed.referral_key,
        closed.person_key,
        closed.partner,
        closed.closed_on,
        closed.need_code,
        closed.closure_code,
        closed.next_opened_on,
        closed.left_on,
        closed.history_from_on,
        closed.censored_on,
        followed.helped_on,
        followed.planned_on,
        -- The last day on which something could still be seen.
        least(
            closed.censored_on,
            coalesce(closed.left_on, closed.censored_on),
            coalesce(followed.moved_on, closed.censored_on)
        ) as followed_to_on

    from closed
    inner join followed
        on
            closed.referral_key = followed.referral_key
            and closed.partner = followed.partner
            and closed.person_key = followed.person_key

)

select * from joined
