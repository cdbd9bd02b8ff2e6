with

notices as (

    select * from {{ ref('int_notices_with_previous') }}

),

persons as (

    select * from {{ ref('int_persons_described') }}

),

cases as (

    select * from {{ ref('int_referrals_collapsed') }}

),

answers as (

    select * from {{ ref('stg_partner__events') }}
    where event_type in ('CONTACT_DECIDED', 'REFERRAL_RECEIVED')

),

snapshots as (

    select * from {{ ref('int_snapshots_agreed') }}

),

-- Children alone: of a birth only the month is known, and its first day counts as the birthday.
first_notices as (

    select
        notices.*,
        snapshots.censored_on

    from notices
    inner join persons on notices.person_key = persons.person_key
    cross join snapshots
    where
        notices.notified_on <= snapshots.censored_on
        and coalesce(notices.previous_on < notices.looked_back_to_on, true)
        and coalesce(
            persons.birth_month_on > cast({{ dbt.dateadd('year', -18, 'notices.notified_on') }} as date), true
        )

),

-- A case opened by a referral of the day itself is the answer, and no case that was open before.
on_open_cases as (

    select distinct
        first_notices.person_key,
        first_notices.notified_on

    from first_notices
    inner join cases
        on
            first_notices.person_key = cases.person_key
            and first_notices.notified_on > cases.received_on
            and first_notices.notified_on < coalesce(cases.closed_on, cast('9999-12-31' as date))

),

decided as (

    select
        first_notices.person_key,
        first_notices.notified_on,
        min(answers.event_on) as decided_on

    from first_notices
    inner join answers
        on
            first_notices.person_key = answers.person_key
            and first_notices.notified_on <= answers.event_on
            and first_notices.censored_on >= answers.event_on
    group by first_notices.person_key, first_notices.notified_on

),

timed as (

    select
        first_notices.notification_key,
        first_notices.person_key,
        first_notices.partner,
        first_notices.partner_type,
        first_notices.notified_on,
        {{ quarter_of('first_notices.notified_on') }} as period,
        first_notices.is_looked_back,
        case when decided.decided_on is null then 'waiting' else 'decided' end as status,
        cast({{ dbt.datediff(
            'first_notices.notified_on', 'coalesce(decided.decided_on, first_notices.censored_on)', 'day'
        ) }} as integer) as days_to_decision

    from first_notices
    left join decided
        on
            first_notices.person_key = decided.person_key
            and first_notices.notified_on = decided.notified_on
    left join on_open_cases
        on
            first_notices.person_key = on_open_cases.person_key
            and first_notices.notified_on = on_open_cases.notified_on
    where on_open_cases.person_key is null

)

select * from timed
