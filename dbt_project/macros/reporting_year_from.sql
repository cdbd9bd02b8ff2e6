{# The 1 April that the reporting year of a date begins on: DfE and NHS England count from April to March. #}
{% macro reporting_year_from(day) -%}
    cast({{ dbt.dateadd('month', 3, dbt.date_trunc('year', dbt.dateadd('month', -3, day))) }} as date)
{%- endmacro %}
