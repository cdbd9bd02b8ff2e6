{# The first day of the quarter a date falls in. #}
{% macro quarter_from(day) -%}
    cast({{ dbt.date_trunc('quarter', day) }} as date)
{%- endmacro %}
