-- A row lost for its source, its dates or its wait would make a figure wrong and nobody would see it.
with

measured as (

    select
        'contacts' as base_table,
        person_key,
        period,
        count(*) as row_count
    from {{ ref('fct_contacts') }}
    where is_in_measure
    group by person_key, period
    union all
    select
        'referrals' as base_table,
        person_key,
        period,
        count(*) as row_count
    from {{ ref('fct_referrals') }}
    group by person_key, period

),

promised as (

    select
        base_table,
        sum(least(row_count, case base_table
            when 'contacts' then {{ base_table('contacts').rows_per_person_quarter }}
            when 'referrals' then {{ base_table('referrals').rows_per_person_quarter }}
        end)) as row_count
    from measured
    group by base_table

),

kept as (

    select
        'contacts' as base_table,
        count(*) as row_count
    from {{ ref('ri_contacts') }}
    union all
    select
        'referrals' as base_table,
        count(*) as row_count
    from {{ ref('ri_referrals') }}

)

select kept.base_table
from kept
left join promised on kept.base_table = promised.base_table
where kept.row_count <> coalesce(promised.row_count, 0)
