{% set lookback_months = measure('X_FIRST_NOTICE').lookback_months %}
with

-- What social care tells itself is no partner's word.
events as (

    select * from {{ ref('stg_partner__events') }}
    where
        event_type = 'PARTNER_NOTIFICATION'
        and partner_type <> 'csc'

),

looked_back_days as (

    select * from {{ ref('int_days_looked_back') }}

),

snapshots as (

    select * from {{ ref('int_snapshots_agreed') }}

),

-- Of several on one day, the first by the clock; without times, by the order of partners.
ranked as (

    select
        *,
        row_number() over (
            partition by person_key, event_on
            order by event_at asc nulls last, partner asc, event_key asc
        ) as same_day_rank

    from events

),

with_previous as (

    select
        ranked.event_key as notification_key,
        ranked.person_key,
        ranked.partner,
        ranked.partner_type,
        ranked.event_on as notified_on,
        lag(ranked.event_on) over (
            partition by ranked.person_key
            order by ranked.event_on
        ) as previous_on,
        cast({{ dbt.dateadd('month', -lookback_months, 'ranked.event_on') }} as date) as looked_back_to_on

    from ranked
    where ranked.same_day_rank = 1

),

-- Whether a case was open is known of the councils' own history, and a decision where contacts are told of.
looked_back as (

    select
        with_previous.*,
        looked_back_days.day_on is not null
        and coalesce(
            with_previous.looked_back_to_on >= snapshots.history_from_on
            and with_previous.notified_on >= snapshots.contacts_from_on,
            false
        ) as is_looked_back

    from with_previous
    left join looked_back_days on with_previous.notified_on = looked_back_days.day_on
    cross join snapshots

)

select * from looked_back
