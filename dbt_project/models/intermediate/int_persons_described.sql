with

events as (

    select * from {{ ref('stg_partner__events') }}

),

gathered as (

    select
        person_key,
        cast(count(distinct partner) as integer) as partner_count,
        min(sex) as sex,
        min(ethnic_group) as ethnic_group,
        -- Of several months told of one person, the earliest; of an unborn child, the month it is expected in.
        coalesce(min(birth_month), min(expected_birth_month)) as birth_month

    from events
    group by person_key

),

described as (

    select
        person_key,
        sex,
        ethnic_group,
        partner_count,
        case when birth_month is not null then cast(concat(birth_month, '-01') as date) end as birth_month_on

    from gathered

)

select * from described
