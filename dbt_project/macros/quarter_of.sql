{# The calendar quarter a date falls in, written like 2026-Q2. #}
{% macro quarter_of(day) -%}
    concat(cast(extract(year from {{ day }}) as {{ dbt.type_string() }}), '-Q', cast(extract(quarter from {{ day }}) as {{ dbt.type_string() }}))
{%- endmacro %}
