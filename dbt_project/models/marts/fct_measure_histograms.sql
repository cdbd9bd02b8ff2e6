-- Made from the catalogue: an entry there is all that a measure needs here.
with

{% for entry in var('measures') %}
    {% for within_months in entry.windows or [none] %}
        {{ entry.id | lower }}{{ '_' ~ within_months if within_months }} as (

    {{ measure_cases(entry, within_months) }}

),

    {% endfor %}
{% endfor %}
histograms as (

    {% for entry in var('measures') %}
        {% set last_entry = loop.last %}
        {% for within_months in entry.windows or [none] %}
            {{ all_case_counts(entry, entry.id | lower ~ ('_' ~ within_months if within_months else ''), within_months) }}
            {% if not (last_entry and loop.last) %}
    union all
            {% endif %}
        {% endfor %}
    {% endfor %}

),

ripened as (

    select * from {{ ref('int_measure_quarters_ripened') }}

),

typed as (

    select
        histograms.measure_id,
        histograms.period,
        histograms.breakdown,
        cast(histograms.category as {{ dbt.type_string() }}) as category,
        cast(histograms.within_months as integer) as within_months,
        -- Of a time: until the quarter is ripe, those done early are known alone; and what had ended before it could be
        -- seen is no case that can be counted.
        case
            when histograms.status is null or (ripened.is_ripe and histograms.duration >= histograms.entered_after)
                then histograms.is_counted
        end as is_counted,
        histograms.is_counted_without_weakest_links,
        cast(histograms.status as {{ dbt.type_string() }}) as status,
        cast(histograms.duration as integer) as duration,
        cast(histograms.entered_after as integer) as entered_after,
        cast(histograms.case_count as bigint) as case_count

    from histograms
    left join ripened
        on
            histograms.measure_id = ripened.measure_id
            and histograms.period = ripened.period

)

select * from typed
