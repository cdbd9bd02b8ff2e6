{# The product of a factor over the days of a curve so far; no engine has one, so it is a sum of logarithms. #}
{% macro running_product(factor) -%}
    {%- set so_far = 'over (partition by measure_id, period, breakdown, category order by day_number rows between unbounded preceding and current row)' -%}
    case when min({{ factor }}) {{ so_far }} <= 0 then 0 else exp(sum(case when {{ factor }} > 0 then ln({{ factor }}) else 0 end) {{ so_far }}) end
{%- endmacro %}
