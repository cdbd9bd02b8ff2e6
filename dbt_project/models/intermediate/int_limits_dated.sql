with

partners as (

    select distinct partner

    from {{ ref('stg_partner__deliveries') }}

),

limits as (

    select * from {{ ref('policy__priority_limits') }}

),

versions as (

    {{ policy_versions('limits') }}

),

dated as (

    select
        versions.partner,
        limits.stage,
        limits.priority,
        versions.valid_from,
        limits.clock,
        limits.limit_value,
        coalesce(versions.valid_before, cast('9999-12-31' as date)) as valid_before,
        -- In the unit in which int_waits_clocked counts: seconds, or working days.
        case when limits.clock = 'working_days' then 1 else 3600 end * limits.limit_value as most_waited

    from versions
    inner join limits
        on
            versions.place = limits.place
            and versions.valid_from = limits.valid_from

)

select * from dated
