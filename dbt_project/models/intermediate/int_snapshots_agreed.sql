with

deliveries as (

    select * from {{ ref('stg_partner__deliveries') }}

),

-- What a partner knows goes up to its latest extract.
latest as (

    select
        partner,
        max(snapshot_on) as snapshot_on,
        min(period_from) as history_from_on

    from deliveries
    where partner_type = 'csc'
    group by partner

),

-- All are counted up to the day the slowest of them reached, so that nothing looks open that was merely not sent.
agreed as (

    select
        min(snapshot_on) as censored_on,
        max(history_from_on) as history_from_on

    from latest
    having count(*) > 0

)

select * from agreed
