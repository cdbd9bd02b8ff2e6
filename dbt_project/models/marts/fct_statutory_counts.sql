{#-
    What the returns count, by the measure each is compared with: of what, on which day, what stands above the line and
    what below it. The two need not be the same cases. DfE, Children in need, tables C1, C2, C4 and D3; Safeguarding
    Adults Collection, SG1f, SG2e and SG4a.
-#}
{% set adults = 'fct_adult_enquiries' %}
{% set counts = [
    ('R_REREF_DFE', 'int_referrals_counted_by_census', 'received_on', 'is_rereferral', 'true'),
    ('T_ASSESS45', 'fct_assessments', 'authorised_on', 'is_authorised and is_within_limit', 'is_authorised'),
    ('T_ICPC15', 'fct_conferences', 'held_on', 'is_after_enquiry and is_within_limit', 'is_after_enquiry'),
    ('R_S47_CONFERENCE', 'fct_conferences', 'held_on', 'is_local', 'false'),
    ('R_S47_CONFERENCE', 'fct_enquiries', 'started_on', 'false', 'true'),
    ('R_CPP_REPEAT', 'fct_protection_plans', 'started_on', 'declared_previous_count > 0', 'true'),
    ('R_CONCERN_S42', 'int_adult_enquiries_started', 'started_on', 'is_s42', 'false'),
    ('R_CONCERN_S42', 'fct_adult_concerns', 'received_on', 'false', 'true'),
    ('R_RISK_REDUCED', adults, 'concluded_on', 'is_risk_identified and is_risk_reduced', 'is_risk_identified'),
    ('R_MSP_ASKED', adults, 'concluded_on', 'is_concluded_s42 and is_asked_and_expressed', 'is_concluded_s42'),
] -%}
with

counted as (

    {% for measure_id, model, day, above, below in counts %}
        select
            '{{ measure_id }}' as measure_id,
            partner,
            {{ day }} as counted_on,
            case when {{ above }} then 1 else 0 end as numerator,
            case when {{ below }} then 1 else 0 end as denominator

        from {{ ref(model) }}
        {% if not loop.last %}
            union all
        {% endif %}
    {% endfor %}

),

by_day as (

    select
        measure_id,
        partner,
        counted_on,
        cast(sum(numerator) as bigint) as numerator,
        cast(sum(denominator) as bigint) as denominator

    from counted
    group by measure_id, partner, counted_on

)

select * from by_day
