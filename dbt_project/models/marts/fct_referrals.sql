with

referrals as (

    select * from {{ ref('int_referrals_collapsed') }}
    where not is_while_open

),

assessments as (

    select * from {{ ref('int_referrals_with_assessment') }}

),

previous as (

    select * from {{ ref('int_referrals_with_previous') }}

),

days as (

    select * from {{ ref('int_days_numbered') }}

),

snapshots as (

    select * from {{ ref('int_snapshots_agreed') }}

),

followed as (

    select
        referrals.*,
        previous.previous_received_on,
        previous.is_rereferral,
        previous.is_rereferral_without_weakest_links,
        case when previous.next_received_on <= snapshots.censored_on then previous.next_received_on end as next_by_then_on,
        case when assessments.assessed_on <= snapshots.censored_on then assessments.assessed_on end as assessed_by_then_on,
        case when referrals.closed_on <= snapshots.censored_on then referrals.closed_on end as closed_by_then_on,
        case when referrals.closed_on <= snapshots.censored_on then referrals.closure_code end as closed_by_then_code,
        snapshots.history_from_on,
        snapshots.censored_on

    from referrals
    left join assessments
        on
            referrals.referral_key = assessments.referral_key
            and referrals.partner = assessments.partner
            and referrals.person_key = assessments.person_key
    left join previous
        on
            referrals.referral_key = previous.referral_key
            and referrals.partner = previous.partner
            and referrals.person_key = previous.person_key
    cross join snapshots
    where referrals.received_on <= snapshots.censored_on

),

-- Closing a case before any assessment is authorised competes with the assessment; on one day, the assessment came first.
decided as (

    select
        *,
        case
            when assessed_by_then_on <= coalesce(closed_by_then_on, assessed_by_then_on) then 'assessed'
            when closed_by_then_on is not null then 'closed'
            else 'open'
        end as status,
        case
            when assessed_by_then_on <= coalesce(closed_by_then_on, assessed_by_then_on) then assessed_by_then_on
            else coalesce(closed_by_then_on, censored_on)
        end as ended_on

    from followed

),

timed as (

    select
        decided.referral_key,
        decided.person_key,
        decided.partner,
        decided.received_on,
        {{ quarter_of('decided.received_on') }} as period,
        decided.source_group,
        decided.need_code,
        -- No further action closes a referral: one not closed by then was not decided so yet.
        decided.is_nfa and decided.closed_by_then_on is not null as is_nfa,
        -- Of each only once it is followed for 65 working days: those closed early are not like the others.
        case
            when agreed_days.working_day_number - first_days.working_day_number >= 65
                then not decided.is_nfa and coalesce(decided.closed_by_then_code in ('RC8', 'RC9'), false)
        end as is_not_in_need,
        decided.assessed_by_then_on as assessed_on,
        decided.closed_by_then_on as closed_on,
        decided.status,
        last_days.working_day_number - first_days.working_day_number as duration_working_days,
        {{ entered_after(
            'decided.received_on', 'decided.history_from_on',
            '(unseen_days.working_day_number - first_days.working_day_number)'
        ) }} as entered_after_working_days,
        decided.previous_received_on,
        decided.is_rereferral,
        decided.is_rereferral_without_weakest_links,
        case when decided.next_by_then_on is null then 'followed' else 'referred_again' end as next_status,
        cast(
            {{ dbt.datediff('decided.received_on', 'coalesce(decided.next_by_then_on, decided.censored_on)', 'day') }}
            as integer
        ) as days_to_next

    from decided
    inner join days as first_days on decided.received_on = first_days.day_on
    inner join days as last_days on decided.ended_on = last_days.day_on
    inner join days as agreed_days on decided.censored_on = agreed_days.day_on
    left join days as unseen_days on {{ last_unseen_day('decided.history_from_on') }} = unseen_days.day_on

)

select * from timed
