{#- The measures that a statutory return tells of too. -#}
{% set measure_ids = [
    'R_REREF_DFE', 'T_ASSESS45', 'T_ICPC15', 'R_S47_CONFERENCE', 'R_CPP_REPEAT',
    'R_CONCERN_S42', 'R_RISK_REDUCED', 'R_MSP_ASKED',
] -%}
with

years as (

    select * from {{ ref('int_reporting_years_told') }}

),

statutory_counts as (

    select * from {{ ref('fct_statutory_counts') }}

),

ripened as (

    select * from {{ ref('int_measure_quarters_ripened') }}

),

-- Our way: what came of those the year began with. What is not known yet is in neither number.
our_cases as (

    {% for measure_id in measure_ids %}
        {% set entry = measure(measure_id) %}
        select
            '{{ measure_id }}' as measure_id,
            cases.partner,
            cases.{{ entry.cohort_on }} as counted_on,
            {{ quarter_of('cases.' ~ entry.cohort_on) }} as period,
            {{ entry.lookback_months }} as lookback_months,
            {{ is_counted(entry) }} as is_counted

        from {{ ref(entry.model) }} as cases
        {% if entry.where %}
            where cases.{{ entry.where }}
        {% endif %}
        {% if not loop.last %}
            union all
        {% endif %}
    {% endfor %}

),

-- Of times, those of a quarter that is not ripe are not known: the early ones alone would flatter the year.
known as (

    select
        our_cases.measure_id,
        our_cases.partner,
        our_cases.counted_on,
        our_cases.lookback_months,
        case when ripened.is_ripe or ripened.kind <> 'time' then our_cases.is_counted end as is_counted

    from our_cases
    inner join ripened
        on
            our_cases.measure_id = ripened.measure_id
            and our_cases.period = ripened.period

),

-- A year whose cases are looked back from needs the months before it told as well.
ours as (

    select
        known.measure_id,
        known.partner,
        years.year_from_on,
        years.year_to_on,
        sum(case when known.is_counted then 1 else 0 end) as numerator,
        count(known.is_counted) as denominator

    from known
    inner join years
        on
            known.partner = years.partner
            and known.counted_on between years.year_from_on and years.year_to_on
            and years.history_from_on
            <= cast({{ dbt.dateadd('month', '-known.lookback_months', 'years.year_from_on') }} as date)
    group by known.measure_id, known.partner, years.year_from_on, years.year_to_on

),

statutory as (

    select
        ours.measure_id,
        ours.partner,
        ours.year_from_on,
        sum(statutory_counts.numerator) as numerator,
        sum(statutory_counts.denominator) as denominator

    from ours
    inner join statutory_counts
        on
            ours.measure_id = statutory_counts.measure_id
            and ours.partner = statutory_counts.partner
            and statutory_counts.counted_on between ours.year_from_on and ours.year_to_on
    group by ours.measure_id, ours.partner, ours.year_from_on

),

compared as (

    select
        ours.measure_id,
        ours.partner,
        ours.year_from_on,
        ours.year_to_on,
        cast(ours.numerator as bigint) as numerator,
        cast(ours.denominator as bigint) as denominator,
        cast(ours.numerator as double) / nullif(ours.denominator, 0) as exact_share,
        cast(statutory.numerator as bigint) as statutory_numerator,
        cast(statutory.denominator as bigint) as statutory_denominator,
        cast(statutory.numerator as double) / nullif(statutory.denominator, 0) as statutory_share

    from ours
    left join statutory
        on
            ours.measure_id = statutory.measure_id
            and ours.partner = statutory.partner
            and ours.year_from_on = statutory.year_from_on

),

with_difference as (

    select
        *,
        exact_share - statutory_share as difference

    from compared

)

select * from with_difference
