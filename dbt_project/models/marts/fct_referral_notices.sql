{% set lookback_months = measure('X_AGENCIES_BEFORE').lookback_months %}
with

referrals as (

    select * from {{ ref('fct_referrals') }}

),

-- What social care tells itself is no other agency's word.
notifications as (

    select * from {{ ref('fct_notifications') }}
    where partner_type <> 'csc'

),

looked_back_days as (

    select * from {{ ref('int_days_looked_back') }}

),

group_codes as (

    select * from {{ ref('codelist__agency_count') }}

),

agencies as (

    select
        referrals.referral_key,
        referrals.person_key,
        count(distinct notifications.partner_type) as agency_count

    from referrals
    inner join notifications
        on
            referrals.person_key = notifications.person_key
            and notifications.notified_on
            >= cast({{ dbt.dateadd('month', -lookback_months, 'referrals.received_on') }} as date)
            and referrals.received_on > notifications.notified_on
    group by referrals.referral_key, referrals.person_key

),

counted as (

    select
        referrals.referral_key,
        referrals.person_key,
        referrals.partner,
        referrals.received_on,
        referrals.period,
        referrals.source_group,
        cast(coalesce(agencies.agency_count, 0) as integer) as agency_count,
        looked_back_days.day_on is not null as is_looked_back

    from referrals
    left join agencies
        on
            referrals.referral_key = agencies.referral_key
            and referrals.person_key = agencies.person_key
    left join looked_back_days on referrals.received_on = looked_back_days.day_on

),

grouped as (

    select
        counted.*,
        group_codes.code as agency_count_group,
        case when counted.is_looked_back then counted.agency_count >= 2 end as is_known_to_two_agencies

    from counted
    inner join group_codes
        on
            counted.agency_count >= group_codes.from_count
            and counted.agency_count <= coalesce(group_codes.to_count, counted.agency_count)

)

select * from grouped
