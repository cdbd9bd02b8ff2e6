{#
    The cases of one measure, one row each, in columns that are the same for all measures.

    Columns: period, is_counted (null: not computable), is_counted_without_weakest_links, within_months, status
    (event, competing or censored; null unless kind is time), duration, entered_after, category of a mix, and one
    column for each breakdown of the entry.
#}
{% macro measure_cases(entry, within_months=none) -%}
{%- set of_person = var('breakdowns') | selectattr('name', 'in', entry.breakdowns) | selectattr('of_person') | list -%}
    select
        {{ quarter_of('cases.' ~ entry.cohort_on) }} as period,
        {{ is_counted(entry, within_months) }} as is_counted,
        {% if entry.counted_without_weakest_links -%}
        cases.{{ entry.counted_without_weakest_links }} as is_counted_without_weakest_links,
        {%- elif entry.months_without_weakest_links -%}
        {{ is_within_months(entry.months_without_weakest_links, within_months) }} as is_counted_without_weakest_links,
        {%- else -%}
        cast(null as boolean) as is_counted_without_weakest_links,
        {%- endif %}
        {% if entry.kind == 'time' -%}
        {{ ending(entry) }} as status,
        cases.{{ entry.duration }} as duration,
        {{ 'cases.' ~ entry.entered_after if entry.entered_after else 0 }} as entered_after,
        {%- else -%}
        cast(null as {{ dbt.type_string() }}) as status,
        cast(null as integer) as duration,
        cast(null as integer) as entered_after,
        {%- endif %}
        {{ 'cases.' ~ entry.category if entry.category else 'cast(null as ' ~ dbt.type_string() ~ ')' }} as mix_category
        {%- for name in entry.breakdowns %},
        {{ breakdown_key(name, entry.cohort_on) }} as {{ name }}
        {%- endfor %}

    from {{ ref(entry.model) }} as cases
    {%- if 'source_group' in entry.breakdowns %}
    left join {{ ref('codelist__source_group') }} as sources on cases.source_group = sources.code
    {%- endif %}
    {%- if of_person %}
    left join {{ ref('int_persons_described') }} as persons on cases.person_key = persons.person_key
    {%- endif %}
    where
        cases.{{ entry.cohort_on }} is not null
        {%- if entry.where %}
        and cases.{{ entry.where }}
        {%- endif %}
        {%- if entry.category %}
        and cases.{{ entry.category }} is not null
        {%- endif %}
{%- endmacro %}


{# Whether a case counts. Of times: done within the limit; waiting, and not past it yet, is not known. #}
{% macro is_counted(entry, within_months) -%}
    {%- if entry.kind == 'share' -%}
        cases.{{ entry.counted }}
    {%- elif entry.kind == 'repeat' -%}
        {{ is_within_months(entry.months, within_months) }}
    {%- elif entry.kind == 'time' -%}
        case
            when cases.{{ entry.status }} = '{{ entry.event }}' then cases.{{ entry.duration }} <= {{ entry.limit }}
            {%- for competing in entry.competing_statuses %}
            when cases.{{ entry.status }} = '{{ competing }}' then false
            {%- endfor %}
            when cases.{{ entry.duration }} >= {{ entry.limit }} then false
        end
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}


{# Whether an earlier case lies so few months back; null where the history does not reach as far. #}
{% macro is_within_months(months, within_months) -%}
    case when cases.looked_back_months >= {{ within_months }} then coalesce(cases.{{ months }} <= {{ within_months }}, false) end
{%- endmacro %}


{# How a time ended, in one word for all measures. #}
{% macro ending(entry) -%}
    case
        when cases.{{ entry.status }} = '{{ entry.event }}' then 'event'
        {%- for competing in entry.competing_statuses %}
        when cases.{{ entry.status }} = '{{ competing }}' then 'competing'
        {%- endfor %}
        else 'censored'
    end
{%- endmacro %}


{# The public key a case falls under. Small sources are joined; what is not known has a key of its own. #}
{% macro breakdown_key(name, cohort_on) -%}
    {%- set breakdown = var('breakdowns') | selectattr('name', 'equalto', name) | first -%}
    {%- if name == 'source_group' -%}
        coalesce(sources.published_source, 'others')
    {%- elif name == 'age_band' -%}
        {{ age_band('persons.birth_month_on', 'cases.' ~ cohort_on) }}
    {%- elif breakdown.of_person -%}
        coalesce(persons.{{ breakdown.column }}, '{{ breakdown.unknown }}')
    {%- else -%}
        coalesce(cases.{{ breakdown.column }}, '{{ breakdown.unknown }}')
    {%- endif -%}
{%- endmacro %}


{# The age band on a day. Of a birth only the month is known: its first day counts as the birthday. #}
{% macro age_band(born_on, day) -%}
    {%- set months = dbt.datediff(born_on, day, 'month') -%}
    case
        when {{ born_on }} is null then 'unknown'
        when {{ born_on }} > {{ day }} then 'unborn'
        when {{ months }} < 12 then 'under_1'
        when {{ months }} < 60 then '1_to_4'
        when {{ months }} < 120 then '5_to_9'
        when {{ months }} < 192 then '10_to_15'
        when {{ months }} < 216 then '16_to_17'
        when {{ months }} < 780 then '18_to_64'
        when {{ months }} < 900 then '65_to_74'
        when {{ months }} < 1020 then '75_to_84'
        else '85_and_over'
    end
{%- endmacro %}


{# How many cases fall together, split by one breakdown of the entry, or by none (`all`). #}
{% macro case_counts(entry, cases, breakdown, category, within_months=none) -%}
    select
        '{{ entry.id }}' as measure_id,
        period,
        '{{ breakdown }}' as breakdown,
        {{ category }} as category,
        {{ within_months if within_months else 'cast(null as integer)' }} as within_months,
        is_counted,
        is_counted_without_weakest_links,
        status,
        duration,
        entered_after,
        count(*) as case_count

    from {{ cases }}
    group by period, {{ category ~ ', ' if breakdown != 'all' }}is_counted, is_counted_without_weakest_links, status, duration, entered_after
{%- endmacro %}


{# Every split of one measure: over all, by each breakdown, and for a mix by what it is a mix of. #}
{% macro all_case_counts(entry, cases, within_months=none) -%}
    {%- if entry.kind == 'mix' %}
    {{ case_counts(entry, cases, 'mix', 'mix_category') }}
    {%- else %}
    {%- if not entry.only_within %}
    {{ case_counts(entry, cases, 'all', "'all'", within_months) }}
    {%- if entry.breakdowns %}
    union all
    {%- endif %}
    {%- endif %}
    {%- for name in entry.breakdowns %}
    {{ case_counts(entry, cases, name, name, within_months) }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
    {%- endif %}
{%- endmacro %}
