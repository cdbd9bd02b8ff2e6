with

enquiries as (

    select * from {{ ref('fct_adult_enquiries') }}
    where is_concluded_s42

),

risk_types as (

    select code from {{ ref('codelist__adult_risk_type') }}

),

-- One enquiry can have several: every type of the list is asked of every enquiry.
asked as (

    select
        enquiries.enquiry_key,
        enquiries.person_key,
        enquiries.partner,
        enquiries.concluded_on,
        enquiries.period,
        risk_types.code as risk_type,
        concat(';', coalesce(enquiries.risk_types, ''), ';') like concat('%;', risk_types.code, ';%') as has_risk

    from enquiries
    cross join risk_types

)

select * from asked
