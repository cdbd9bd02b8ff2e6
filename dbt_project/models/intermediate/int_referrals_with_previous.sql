with

referrals as (

    select * from {{ ref('int_referrals_collapsed') }}
    where not is_while_open

),

measures as (

    select lookback_months

    from {{ ref('catalogue__measures') }}
    where measure_id = 'R_REREF_DFE'

),

snapshots as (

    select * from {{ ref('int_snapshots_agreed') }}

),

with_previous as (

    select
        referrals.referral_key,
        referrals.person_key,
        -- Within one authority only: a move between authorities is never a re-referral.
        lag(referrals.received_on) over (
            partition by referrals.partner, referrals.person_key
            order by referrals.received_on
        ) as previous_received_on,
        -- The same day a year ago still counts: calendar months, looking back from the later date.
        cast(
            {{ dbt.dateadd('month', '-measures.lookback_months', 'referrals.received_on') }} as date
        ) as looked_back_to_on

    from referrals
    cross join measures

),

flagged as (

    select
        with_previous.referral_key,
        with_previous.person_key,
        with_previous.previous_received_on,
        case
            when with_previous.looked_back_to_on >= snapshots.history_from_on
                then coalesce(with_previous.previous_received_on >= with_previous.looked_back_to_on, false)
        end as is_rereferral

    from with_previous
    cross join snapshots

)

select * from flagged
