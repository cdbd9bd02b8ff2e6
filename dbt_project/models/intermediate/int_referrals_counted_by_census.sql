with

events as (

    select * from {{ ref('stg_partner__events') }}

),

-- DfE table C1 knows a child by the council's own id and a referral by its day, also one while a case is open.
referrals as (

    select distinct
        partner,
        local_person_key,
        event_on as received_on

    from events
    where event_type = 'REFERRAL_RECEIVED'

),

counted as (

    select
        partner,
        local_person_key,
        received_on,
        coalesce(
            lag(received_on) over (partition by partner, local_person_key order by received_on)
            >= cast({{ dbt.dateadd('month', -measure('R_REREF_DFE').lookback_months, 'received_on') }} as date),
            false
        ) as is_rereferral

    from referrals

)

select * from counted
