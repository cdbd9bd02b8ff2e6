{% set bound = base_table('contacts').rows_per_person_quarter %}

with

contacts as (

    select * from {{ ref('fct_contacts') }}
    where is_in_measure

),

sources as (

    select
        code,
        published_source

    from {{ ref('codelist__source_group') }}

),

-- The privacy bound: a person's first rows of a quarter, by nothing but the person's own rows.
ordered as (

    select
        *,
        row_number() over (partition by person_key, period order by received_on, contact_key) as person_row,
        count(*) over (partition by person_key, period) as person_rows

    from contacts

),

bounded as (

    select
        ordered.contact_key as row_key,
        ordered.period,
        ordered.person_key,
        -- Small sources are joined by public rule, not by how many there are.
        sources.published_source as source_group,
        case
            when ordered.status = 'open' then 'open'
            else {{ bin_of('contacts', 'ordered.duration_working_days') }}
        end as time_category,
        -- One mark for a person some of whose rows were left out: it sits on the last row kept.
        ordered.person_row = {{ bound }}
        and ordered.person_rows > {{ bound }} as is_clipped

    from ordered
    inner join sources on ordered.source_group = sources.code
    where ordered.person_row <= {{ bound }}

)

select * from bounded
