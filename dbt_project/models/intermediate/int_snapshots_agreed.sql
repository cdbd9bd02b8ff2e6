with

deliveries as (

    select * from {{ ref('stg_partner__deliveries') }}

),

-- Deliveries in the order they begin, each with how far those before it reach.
ordered as (

    select
        partner,
        period_from,
        snapshot_on,
        max(period_to) over (
            partition by partner
            order by period_from
            rows between unbounded preceding and 1 preceding
        ) as reached_before

    from deliveries
    where partner_type = 'csc'

),

-- What a partner knows goes up to its latest extract, and back to the last gap that no delivery covers.
latest as (

    select
        partner,
        max(snapshot_on) as snapshot_on,
        max(
            case
                when
                    reached_before is null
                    or period_from > cast({{ dbt.dateadd('day', 1, 'reached_before') }} as date)
                    then period_from
            end
        ) as history_from_on

    from ordered
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
