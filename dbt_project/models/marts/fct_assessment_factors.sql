with

assessments as (

    select * from {{ ref('int_assessments_collapsed') }}

),

factors as (

    select code from {{ ref('codelist__assessment_factor') }}

),

snapshots as (

    select * from {{ ref('int_snapshots_agreed') }}

),

-- Where nothing was recorded, not even the code for none, nobody can tell what was found.
recorded as (

    select
        assessments.assessment_key,
        assessments.person_key,
        assessments.partner,
        assessments.authorised_on,
        {{ quarter_of('assessments.authorised_on') }} as period,
        concat(';', assessments.factor_codes, ';') as factor_codes

    from assessments
    cross join snapshots
    where
        assessments.authorised_on <= snapshots.censored_on
        and assessments.factor_codes is not null

),

-- One assessment can have several: every factor that was ever on the list is asked of every assessment.
asked as (

    select
        recorded.assessment_key,
        recorded.person_key,
        recorded.partner,
        recorded.authorised_on,
        recorded.period,
        factors.code as factor_code,
        recorded.factor_codes like concat('%;', factors.code, ';%') as has_factor

    from recorded
    cross join factors

)

select * from asked
