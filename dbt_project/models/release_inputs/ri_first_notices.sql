with

notices as (

    select * from {{ ref('fct_first_notices') }}

),

-- No row is left out here: how far a person counts is bounded at the border, over all their rows of four quarters.
asked as (

    select
        notification_key as row_key,
        period,
        person_key,
        case
            when not is_looked_back then 'not_asked'
            when status = 'waiting' then 'open'
            else {{ bin_of('first_notices', 'days_to_decision') }}
        end as time_category

    from notices

)

select * from asked
