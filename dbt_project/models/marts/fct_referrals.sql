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
        case when assessments.assessed_on <= snapshots.censored_on then assessments.assessed_on end as assessed_by_then_on,
        case when referrals.closed_on <= snapshots.censored_on then referrals.closed_on end as closed_by_then_on,
        snapshots.censored_on

    from referrals
    left join assessments
        on
            referrals.referral_key = assessments.referral_key
            and referrals.person_key = assessments.person_key
    left join previous
        on
            referrals.referral_key = previous.referral_key
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
        end as status

    from followed

),

ended as (

    select
        *,
        case status
            when 'assessed' then assessed_by_then_on
            when 'closed' then closed_by_then_on
            else censored_on
        end as ended_on

    from decided

),

timed as (

    select
        ended.referral_key,
        ended.person_key,
        ended.partner,
        ended.received_on,
        {{ quarter_of('ended.received_on') }} as period,
        ended.source_group,
        ended.need_code,
        ended.is_nfa,
        ended.assessed_by_then_on as assessed_on,
        ended.closed_by_then_on as closed_on,
        ended.status,
        last_days.working_day_number - first_days.working_day_number as duration_working_days,
        ended.previous_received_on,
        ended.is_rereferral,
        ended.is_rereferral_without_weakest_links

    from ended
    inner join days as first_days on ended.received_on = first_days.day_on
    inner join days as last_days on ended.ended_on = last_days.day_on

)

select * from timed
