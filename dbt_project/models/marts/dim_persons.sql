with

persons as (

    select * from {{ ref('int_persons_described') }}

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

described as (

    select
        persons.person_key,
        -- A year, not a month: marts are for analysts, who need an age and no more.
        cast(extract(year from persons.birth_month_on) as integer) as birth_year,
        persons.sex,
        persons.ethnic_group,
        persons.partner_count,
        cast(links.record_count as integer) as record_count,
        links.link_basis

    from persons
    inner join links on persons.person_key = links.person_key

)

select * from described
