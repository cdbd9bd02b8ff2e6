with

events as (

    select * from {{ ref('stg_partner__events') }}

),

levels as (

    select
        code,
        level

    from {{ ref('codelist__help_level') }}

),

helped as (

    select
        person_key,
        event_on as reached_on,
        case event_type
            when 'EH_STARTED' then 'early_help'
            when 'REFERRAL_RECEIVED' then 'assessment'
            when 'ASSESSMENT_STARTED' then 'assessment'
            when 'S47_STARTED' then 'enquiry'
            when 'CPP_STARTED' then 'plan'
            when 'CARE_STARTED' then 'care'
            when 'MISSING_STARTED' then 'missing'
        end as level_reached

    from events

),

levelled as (

    select distinct
        helped.person_key,
        helped.reached_on,
        helped.level_reached,
        levels.level

    from helped
    inner join levels on helped.level_reached = levels.code

)

select * from levelled
