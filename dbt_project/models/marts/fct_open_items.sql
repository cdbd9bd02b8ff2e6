with

items as (

    select * from {{ ref('int_items_opened') }}

),

snapshots as (

    select * from {{ ref('int_snapshots_agreed') }}

),

days as (

    select * from {{ ref('int_days_numbered') }}

),

waiting_groups as (

    select * from {{ ref('codelist__waiting_group') }}

),

-- A quarter of which not every day is delivered does not know all that was open at its end.
quarter_ends as (

    select
        days.day_on as counted_on,
        days.working_day_number,
        coalesce({{ quarter_from('days.day_on') }} >= snapshots.contacts_from_on, false) as has_contacts,
        coalesce({{ quarter_from('days.day_on') }} >= snapshots.history_from_on, false) as has_referrals

    from days
    inner join snapshots on days.day_on <= snapshots.censored_on
    where days.day_on = {{ last_day_of_quarter(quarter_from('days.day_on')) }}

),

waiting as (

    select
        items.item_key,
        items.person_key,
        items.partner,
        quarter_ends.counted_on,
        {{ quarter_of('quarter_ends.counted_on') }} as period,
        items.received_on,
        items.source_group,
        items.is_contact,
        not items.is_contact as is_referral,
        quarter_ends.working_day_number - first_days.working_day_number as waited_working_days,
        quarter_ends.working_day_number - first_days.working_day_number > items.most_days as is_past_limit

    from items
    inner join days as first_days on items.received_on = first_days.day_on
    inner join quarter_ends
        on
            items.received_on <= quarter_ends.counted_on
            and (items.ended_on is null or items.ended_on > quarter_ends.counted_on)
            and case when items.is_contact then quarter_ends.has_contacts else quarter_ends.has_referrals end

),

grouped as (

    select
        waiting.*,
        waiting_groups.code as age_group

    from waiting
    inner join waiting_groups
        on
            waiting.waited_working_days >= waiting_groups.from_day
            and waiting.waited_working_days <= coalesce(waiting_groups.to_day, waiting.waited_working_days)

)

select * from grouped
