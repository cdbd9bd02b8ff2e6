with

events as (

    select * from {{ ref('stg_partner__events') }}

),

gathered as (

    select
        person_key,
        cast(count(distinct partner) as integer) as partner_count,
        min(sex) as sex,
        -- Who knows tells for those who do not.
        coalesce(min(case when ethnic_group <> 'unknown' then ethnic_group end), min(ethnic_group)) as ethnic_group,
        -- One that tells of a disability knows of it, whoever has none on record.
        min(case disability when 'y' then 1 when 'n' then 2 when 'u' then 3 end) as disability_rank,
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
        case disability_rank when 1 then 'y' when 2 then 'n' when 3 then 'u' end as disability,
        case when birth_month is not null then cast(concat(birth_month, '-01') as date) end as birth_month_on

    from gathered

)

select * from described
