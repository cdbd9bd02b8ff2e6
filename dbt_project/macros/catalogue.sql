{# What the catalogue says, from dbt's vars: `lantern.pipeline.dbt_process` hands them to every run. #}

{# One measure's entry. #}
{% macro measure(id) -%}
    {%- for each in var('measures') if each.id == id -%}
        {{ return(each) }}
    {%- endfor -%}
    {{ exceptions.raise_compiler_error("the catalogue has no measure '" ~ id ~ "'") }}
{%- endmacro %}

{# One base table's entry: how far a person is bounded, and the bins of days. #}
{% macro base_table(name) -%}
    {%- for each in var('base_tables') if each.name == name -%}
        {{ return(each) }}
    {%- endfor -%}
    {{ exceptions.raise_compiler_error("the catalogue has no base table '" ~ name ~ "'") }}
{%- endmacro %}

{# The bin a number of days falls in, written like bin_3. #}
{% macro bin_of(base_table_name, days) -%}
    case
    {%- for bin in base_table(base_table_name).bins %}
        {%- if bin | length > 1 %}
        when {{ days }} between {{ bin[0] }} and {{ bin[1] }} then 'bin_{{ loop.index0 }}'
        {%- else %}
        when {{ days }} >= {{ bin[0] }} then 'bin_{{ loop.index0 }}'
        {%- endif %}
    {%- endfor %}
    end
{%- endmacro %}

{# The last day of the quarter that begins on a date. #}
{% macro last_day_of_quarter(first_day) -%}
    cast({{ dbt.dateadd('day', -1, dbt.dateadd('month', 3, first_day)) }} as date)
{%- endmacro %}

{# The catalogue's entries as rows: measure_id, kind, clock, limit_value, waits (how long a quarter's last case is followed), lookback_months, enters_late and told_by. #}
{% macro measures_as_rows() -%}
    {%- for each in var('measures') %}
    select
        '{{ each.id }}' as measure_id,
        '{{ each.kind }}' as kind,
        '{{ each.clock }}' as clock,
        cast({{ each.limit if each.limit is not none else 'null' }} as integer) as limit_value,
        {{ each.limit if each.looks_forward and each.limit is not none and each.clock in ('working_days', 'elapsed_days') else 0 }} as waits,
        {{ each.lookback_months }} as lookback_months,
        {{ 'true' if each.entered_after else 'false' }} as enters_late,
        '{{ each.told_by }}' as told_by
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
{%- endmacro %}

{# The first day of a quarter that is written like 2026-Q2. #}
{% macro first_day_of_quarter(period) -%}
    cast(concat(left({{ period }}, 4), case right({{ period }}, 1) when '1' then '-01-01' when '2' then '-04-01' when '3' then '-07-01' else '-10-01' end) as date)
{%- endmacro %}
