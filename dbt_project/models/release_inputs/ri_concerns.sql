{% set enquiry_days = measure('R_CONCERN_S42').limit %}
{% set lookback_months = measure('R_RECONCERN').lookback_months %}
with

concerns as (

    select * from {{ ref('fct_adult_concerns') }}

),

sources as (

    select
        code,
        published_source

    from {{ ref('codelist__source_group') }}

),

-- No row is left out here: how far a person counts is bounded at the border, over all their rows of four quarters.
asked as (

    select
        concerns.concern_key as row_key,
        concerns.period,
        concerns.person_key,
        -- Small sources are joined by public rule, not by how many there are.
        sources.published_source as source_group,
        case
            when not concerns.is_in_measure then 'not_asked'
            when concerns.decision_status = 'open' then 'open'
            else {{ bin_of('concerns', 'concerns.duration_working_days') }}
        end as time_category,
        case
            when not concerns.is_in_measure then 'not_asked'
            when
                concerns.conversion_status = 'enquiry'
                and concerns.days_to_conversion <= {{ enquiry_days }}
                then 'yes'
            else 'no'
        end as is_enquiry,
        case
            when concerns.looked_back_months < {{ lookback_months }} then 'not_asked'
            when concerns.months_since_any is null then 'no'
            else 'yes'
        end as reconcern

    from concerns
    inner join sources on concerns.source_group = sources.code

)

select * from asked
