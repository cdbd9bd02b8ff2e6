{% set limit = measure('T_ICPC15').limit %}
with

enquiries as (

    select * from {{ ref('int_enquiries_collapsed') }}

),

days as (

    select * from {{ ref('int_days_numbered') }}

),

snapshots as (

    select * from {{ ref('int_snapshots_agreed') }}

),

first_conferences as (

    select
        partner,
        person_key,
        enquiry_key,
        min(held_on) as held_on

    from {{ ref('int_conferences_with_enquiry') }}
    where enquiry_key is not null
    group by partner, person_key, enquiry_key

),

-- What happens after the agreed day is not known yet.
followed as (

    select
        enquiries.*,
        case
            when first_conferences.held_on <= snapshots.censored_on then first_conferences.held_on
        end as held_by_then_on,
        case when enquiries.ended_on <= snapshots.censored_on then enquiries.ended_on end as ended_by_then_on,
        least(
            coalesce(enquiries.next_started_on, snapshots.censored_on), snapshots.censored_on
        ) as followed_to_on,
        coalesce(enquiries.next_started_on <= snapshots.censored_on, false) as is_followed_by_another,
        snapshots.history_from_on

    from enquiries
    left join first_conferences
        on
            enquiries.enquiry_key = first_conferences.enquiry_key
            and enquiries.partner = first_conferences.partner
            and enquiries.person_key = first_conferences.person_key
    cross join snapshots
    where enquiries.started_on <= snapshots.censored_on

),

-- A conference after the end of its enquiry, and before another enquiry, is still that enquiry's. An enquiry that was
-- open when another began goes on in that one.
judged as (

    select
        *,
        -- A census tells that no conference was required, and not when.
        held_by_then_on is null and ended_on is null and is_not_required as is_end_undated,
        case
            when held_by_then_on is not null then 'conference'
            when ended_by_then_on <= followed_to_on and is_not_required then 'not_required'
            when ended_by_then_on <= followed_to_on then 'ended_without'
            when ended_on is null and is_not_required then 'not_required'
            when is_followed_by_another then 'superseded'
            else 'open'
        end as status

    from followed

),

timed as (

    select
        judged.enquiry_key,
        judged.person_key,
        judged.partner,
        judged.started_on,
        {{ quarter_of('judged.started_on') }} as period,
        judged.held_by_then_on as held_on,
        judged.ended_by_then_on as ended_on,
        judged.status,
        -- No date of the end: known by the day the conference was due, and not before.
        case
            when judged.is_end_undated
                then least(last_days.working_day_number - first_days.working_day_number, {{ limit }})
            else last_days.working_day_number - first_days.working_day_number
        end as duration_working_days,
        {{ entered_after(
            'judged.started_on', 'judged.history_from_on',
            '(unseen_days.working_day_number - first_days.working_day_number)'
        ) }} as entered_after_working_days,
        judged.status <> 'superseded' as is_not_superseded,
        case
            when judged.status not in ('open', 'superseded') then judged.status = 'conference'
        end as reached_conference,
        case
            when judged.status not in ('open', 'superseded') then judged.status = 'not_required'
        end as needed_no_conference

    from judged
    inner join days as first_days on judged.started_on = first_days.day_on
    inner join days as last_days
        on
            case
                when judged.status = 'conference' then judged.held_by_then_on
                else least(coalesce(judged.ended_by_then_on, judged.followed_to_on), judged.followed_to_on)
            end = last_days.day_on
    left join days as unseen_days on {{ last_unseen_day('judged.history_from_on') }} = unseen_days.day_on

)

select * from timed
