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

typed as (

    select
        measure_id,
        period,
        breakdown,
        cast(category as {{ dbt.type_string() }}) as category,
        cast(within_months as integer) as within_months,
        is_counted,
        is_counted_without_weakest_links,
        cast(status as {{ dbt.type_string() }}) as status,
        cast(duration as integer) as duration,
        cast(entered_after as integer) as entered_after,
        cast(case_count as bigint) as case_count

    from histograms

)

select * from typed
