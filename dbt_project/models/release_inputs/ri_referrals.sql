with

referrals as (

    select * from {{ ref('fct_referrals') }}

),

base_tables as (

    select * from {{ ref('catalogue__base_tables') }}
    where base_table = 'referrals'

),

bins as (

    select * from {{ ref('catalogue__duration_bins') }}
    where base_table = 'referrals'

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
            when ordered.status = 'assessed' then concat('bin_', cast(bins.bin as {{ dbt.type_string() }}))
            else ordered.status
        end as time_category,
        ordered.is_rereferral,
        ordered.person_row = base_tables.rows_per_person_quarter
        and ordered.person_rows > base_tables.rows_per_person_quarter as is_clipped

    from ordered
    inner join base_tables on ordered.person_row <= base_tables.rows_per_person_quarter
    inner join sources on ordered.source_group = sources.code
    inner join bins
        on ordered.duration_working_days between bins.from_day and coalesce(bins.to_day, ordered.duration_working_days)

)

select * from bounded
