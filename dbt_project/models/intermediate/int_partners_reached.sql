with

stretches as (

    select * from {{ ref('int_partners_covered') }}

),

-- What a partner tells goes up to its latest extract, and back to the last gap that no delivery covers.
reached as (

    select
        partner,
        partner_type,
        max(covered_from) as history_from_on,
        max(covered_to) as reaches_to

    from stretches
    group by partner, partner_type

)

select * from reached
