with

events as (

    select * from {{ ref('stg_partner__events') }}

),

person_links as (

    select * from {{ source('linkage', 'person_link') }}

),

links as (

    select
        person_key,
        count(*) as record_count,
        -- The same for all records of a person.
        min(weakest_basis) as link_basis

    from person_links
    group by person_key

),

persons as (

    select
        person_key,
        -- A year, not a month: marts are for analysts, who need an age and no more.
        cast(min(left(birth_month, 4)) as integer) as birth_year,
        min(sex) as sex,
        min(ethnic_group) as ethnic_group,
        count(distinct partner) as partner_count

    from events
    group by person_key

),

described as (

    select
        persons.person_key,
        persons.birth_year,
        persons.sex,
        persons.ethnic_group,
        cast(persons.partner_count as integer) as partner_count,
        cast(links.record_count as integer) as record_count,
        links.link_basis

    from persons
    inner join links on persons.person_key = links.person_key

)

select * from described
