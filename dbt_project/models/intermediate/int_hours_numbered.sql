with

partners as (

    select distinct partner

    from {{ ref('stg_partner__deliveries') }}

),

hours as (

    select * from {{ ref('policy__opening_hours') }}

),

closures as (

    select * from {{ ref('policy__closures') }}

),

days as (

    select * from {{ ref('int_days_numbered') }}

),

versions as (

    {{ policy_versions('hours') }}

),

partner_days as (

    select
        partners.partner,
        days.day_on,
        -- A bank holiday has hours of its own, or none.
        case when days.is_bank_holiday then 0 else days.weekday end as weekday

    from days
    cross join partners

),

closed_days as (

    select distinct
        partners.partner,
        closures.closed_on

    from partners
    inner join closures on closures.place in (partners.partner, '*')

),

opened as (

    select
        partner_days.partner,
        partner_days.day_on,
        case when closed_days.closed_on is null then {{ london_at('partner_days.day_on', 'hours.opens') }} end as opens_at,
        case when closed_days.closed_on is null then {{ london_at('partner_days.day_on', 'hours.closes') }} end as closes_at

    from partner_days
    left join versions
        on
            partner_days.partner = versions.partner
            and partner_days.day_on >= versions.valid_from
            and (versions.valid_before is null or partner_days.day_on < versions.valid_before)
    left join hours
        on
            versions.place = hours.place
            and versions.valid_from = hours.valid_from
            and partner_days.weekday = hours.weekday
    left join closed_days
        on
            partner_days.partner = closed_days.partner
            and partner_days.day_on = closed_days.closed_on

),

-- Open seconds between two instants are the difference of what this clock shows at each: no day between them is looked at.
numbered as (

    select
        partner,
        day_on,
        opens_at,
        closes_at,
        coalesce(sum({{ dbt.datediff("opens_at", "closes_at", "second") }}) over (
            partition by partner
            order by day_on
            rows between unbounded preceding and 1 preceding
        ), 0) as open_seconds_before

    from opened

)

select * from numbered
