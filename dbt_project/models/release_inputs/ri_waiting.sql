with

items as (

    select * from {{ ref('fct_open_items') }}

),

-- No row is left out here: how far a person counts is bounded at the border, over all their rows of four quarters.
asked as (

    select
        period,
        person_key,
        concat(item_key, ' ', period) as row_key,
        concat(case when is_contact then 'contact' else 'referral' end, '_', age_group) as waiting

    from items

)

select * from asked
