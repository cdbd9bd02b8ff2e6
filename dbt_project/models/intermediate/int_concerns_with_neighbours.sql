with

concerns as (

    select * from {{ ref('int_concerns_with_outcome') }}

),

-- Within one council's adult care. Several concerns about an adult on one day are no coming back.
days as (

    select distinct
        partner,
        person_key,
        received_on

    from concerns

),

with_neighbours as (

    select
        partner,
        person_key,
        received_on,
        lag(received_on) over (partition by partner, person_key order by received_on) as previous_on,
        lead(received_on) over (partition by partner, person_key order by received_on) as next_on

    from days

)

select * from with_neighbours
