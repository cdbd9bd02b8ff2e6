{% set bound = base_table('referrals').rows_per_person_quarter %}

with

referrals as (

    select * from {{ ref('fct_referrals') }}

),

sources as (

    select
        code,
        published_source

    from {{ ref('codelist__source_group') }}

),

-- The privacy bound. The first of a quarter is kept, so every row left out is a re-referral by definition.
ordered as (

    select
        *,
        row_number() over (partition by person_key, period order by received_on, referral_key) as person_row,
        count(*) over (partition by person_key, period) as person_rows

    from referrals

),

bounded as (

    select
        ordered.referral_key as row_key,
        ordered.period,
        ordered.person_key,
        -- Small sources are joined by public rule, not by how many there are.
        sources.published_source as source_group,
        case
            when ordered.status = 'assessed' then {{ bin_of('referrals', 'ordered.duration_working_days') }}
            else ordered.status
        end as time_category,
        ordered.is_rereferral,
        ordered.person_row = {{ bound }}
        and ordered.person_rows > {{ bound }} as is_clipped

    from ordered
    inner join sources on ordered.source_group = sources.code
    where ordered.person_row <= {{ bound }}

)

select * from bounded
