with

contacts as (

    select * from {{ ref('fct_contacts') }}

),

hours as (

    select
        contact_key,
        person_key,
        partner,
        received_on,
        period,
        source_group,
        out_of_hours <> 'u' as is_hour_known,
        case when out_of_hours <> 'u' then out_of_hours = 'y' end as is_out_of_hours

    from contacts

)

select * from hours
