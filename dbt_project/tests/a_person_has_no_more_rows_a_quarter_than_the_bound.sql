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

select base_table
from counted
where
    row_count > case base_table
        when 'contacts' then {{ base_table('contacts').rows_per_person_quarter }}
        when 'referrals' then {{ base_table('referrals').rows_per_person_quarter }}
    end
