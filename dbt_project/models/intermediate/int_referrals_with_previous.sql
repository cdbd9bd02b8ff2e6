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
        referral_key,
        received_on,
        -- Within one authority only: a move between authorities is never a re-referral.
        lag(received_on) over (
            partition by partner, person_key
            order by received_on
        ) as previous_received_on

    from referrals

),

flagged as (

    select
        with_previous.referral_key,
        with_previous.previous_received_on,
        -- The same day a year ago still counts: calendar months, looking back from the later date.
        case
            when cast({{ dbt.dateadd('month', '-measures.lookback_months', 'with_previous.received_on') }} as date) < snapshots.history_from_on
                then null
            else coalesce(
                with_previous.previous_received_on
                >= cast({{ dbt.dateadd('month', '-measures.lookback_months', 'with_previous.received_on') }} as date),
                false
            )
        end as is_rereferral

    from with_previous
    cross join measures
    cross join snapshots

)

select * from flagged
