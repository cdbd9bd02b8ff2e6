-- The privacy promise rests on this; Great Expectations asks it again before each release.
with

counted as (

    select
        'contacts' as base_table,
        person_key,
        period,
        count(*) as row_count
    from {{ ref('ri_contacts') }}
    group by person_key, period
    union all
    select
        'referrals' as base_table,
        person_key,
        period,
        count(*) as row_count
    from {{ ref('ri_referrals') }}
    group by person_key, period

)

select counted.base_table
from counted
inner join {{ ref('catalogue__base_tables') }} as base_tables on counted.base_table = base_tables.base_table
where counted.row_count > base_tables.rows_per_person_quarter
