with

referrals as (

    select * from {{ ref('int_referrals_collapsed') }}
    where not is_while_open

),

events as (

    select * from {{ ref('stg_partner__events') }}
    where event_type = 'REFERRAL_RECEIVED'

),

person_links as (

    select * from {{ source('linkage', 'person_link') }}

),

snapshots as (

    select * from {{ ref('int_snapshots_agreed') }}

),

-- Whose referral it would be if the weakest kind of link were never used: how much the answer rests on such links.
with_weaker_links_dropped as (

    select
        referrals.*,
        person_links.person_key_without_weakest

    from referrals
    left join events
        on
            referrals.referral_key = events.event_key
            and referrals.partner = events.partner
            and referrals.person_key = events.person_key
    left join person_links on events.local_person_key = person_links.local_person_key

),

with_previous as (

    select
        referrals.referral_key,
        referrals.person_key,
        referrals.partner,
        -- Within one authority only: a move between authorities is never a re-referral.
        lag(referrals.received_on) over (
            partition by referrals.partner, referrals.person_key
            order by referrals.received_on
        ) as previous_received_on,
        lead(referrals.received_on) over (
            partition by referrals.partner, referrals.person_key
            order by referrals.received_on
        ) as next_received_on,
        lag(referrals.received_on) over (
            partition by referrals.partner, referrals.person_key_without_weakest
            order by referrals.received_on
        ) as previous_without_weakest_on,
        referrals.person_key_without_weakest,
        -- The same day a year ago still counts: calendar months, looking back from the later date.
        cast(
            {{ dbt.dateadd('month', -measure('R_REREF_DFE').lookback_months, 'referrals.received_on') }} as date
        ) as looked_back_to_on

    from with_weaker_links_dropped as referrals

),

flagged as (

    select
        with_previous.referral_key,
        with_previous.person_key,
        with_previous.partner,
        with_previous.person_key_without_weakest,
        with_previous.previous_received_on,
        with_previous.next_received_on,
        case
            when with_previous.looked_back_to_on >= snapshots.history_from_on
                then coalesce(with_previous.previous_received_on >= with_previous.looked_back_to_on, false)
        end as is_rereferral,
        case
            when with_previous.looked_back_to_on >= snapshots.history_from_on
                then coalesce(with_previous.previous_without_weakest_on >= with_previous.looked_back_to_on, false)
        end as is_rereferral_without_weakest_links

    from with_previous
    cross join snapshots

)

select * from flagged
