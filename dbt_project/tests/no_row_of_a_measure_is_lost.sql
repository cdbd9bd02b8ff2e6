-- A row lost for its source, its dates or its wait would make a figure wrong and nobody would see it. The privacy bound
-- comes after, at the border: it weighs rows and never drops one.
with

promised as (

    select
        'T_CONTACT_DECISION' as measure_id,
        period,
        count(*) as row_count
    from {{ ref('fct_contacts') }}
    where is_in_measure
    group by period
    union all
    select
        'R_RECONTACT_ANY' as measure_id,
        {{ quarter_of('received_on') }} as period,
        count(*) as row_count
    from {{ ref('fct_contact_repeats') }}
    group by {{ quarter_of('received_on') }}
    union all
    select
        'R_CONV' as measure_id,
        period,
        count(*) as row_count
    from {{ ref('fct_contact_outcomes') }}
    where is_in_measure and became_referral is not null
    group by period
    union all
    select
        'referrals' as measure_id,
        period,
        count(*) as row_count
    from {{ ref('fct_referrals') }}
    group by period
    union all
    select
        'X_TWO_AGENCIES_BEFORE' as measure_id,
        period,
        count(*) as row_count
    from {{ ref('fct_referral_notices') }}
    where is_looked_back
    group by period
    union all
    select
        'waiting' as measure_id,
        period,
        count(*) as row_count
    from {{ ref('fct_open_items') }}
    group by period
    union all
    select
        'first_notices' as measure_id,
        period,
        count(*) as row_count
    from {{ ref('fct_first_notices') }}
    group by period
    union all
    select
        'concerns' as measure_id,
        period,
        count(*) as row_count
    from {{ ref('fct_adult_concerns') }}
    group by period
    union all
    select
        'T_CONCERN_DECISION' as measure_id,
        period,
        count(*) as row_count
    from {{ ref('fct_adult_concerns') }}
    where is_in_measure
    group by period

),

offered as (

    select
        'T_CONTACT_DECISION' as measure_id,
        period,
        count(*) as row_count
    from {{ ref('ri_contacts') }}
    where time_category <> 'not_asked'
    group by period
    union all
    select
        'R_RECONTACT_ANY' as measure_id,
        period,
        count(*) as row_count
    from {{ ref('ri_contacts') }}
    where coalesce(recontact, 'too short a history') <> 'not_asked'
    group by period
    union all
    select
        'R_CONV' as measure_id,
        period,
        count(*) as row_count
    from {{ ref('ri_contacts') }}
    where is_referred <> 'not_asked'
    group by period
    union all
    select
        'referrals' as measure_id,
        period,
        count(*) as row_count
    from {{ ref('ri_referrals') }}
    group by period
    union all
    select
        'X_TWO_AGENCIES_BEFORE' as measure_id,
        period,
        count(*) as row_count
    from {{ ref('ri_referrals') }}
    where two_agencies <> 'not_asked'
    group by period
    union all
    select
        'waiting' as measure_id,
        period,
        count(*) as row_count
    from {{ ref('ri_waiting') }}
    group by period
    union all
    select
        'first_notices' as measure_id,
        period,
        count(*) as row_count
    from {{ ref('ri_first_notices') }}
    group by period
    union all
    select
        'concerns' as measure_id,
        period,
        count(*) as row_count
    from {{ ref('ri_concerns') }}
    group by period
    union all
    select
        'T_CONCERN_DECISION' as measure_id,
        period,
        count(*) as row_count
    from {{ ref('ri_concerns') }}
    where time_category <> 'not_asked'
    group by period

)

select
    promised.measure_id,
    promised.period
from promised
left join offered
    on
        promised.measure_id = offered.measure_id
        and promised.period = offered.period
where promised.row_count <> coalesce(offered.row_count, 0)
