{#
    How long ago an earlier day lies: the smallest of 1, 3, 6 and 12 months, null if further back. Calendar months,
    looking back from the later day: the same day that many months ago still counts.
#}
{% macro months_since(earlier_on, later_on) -%}
    case
    {%- for months in [1, 3, 6, 12] %}
        when {{ earlier_on }} >= cast({{ dbt.dateadd('month', -months, later_on) }} as date) then {{ months }}
    {%- endfor %}
    end
{%- endmacro %}

{# How far back of a day the history reaches: the largest of 0, 1, 3, 6 and 12 months. #}
{% macro months_looked_back(history_from_on, day) -%}
    case
    {%- for months in [12, 6, 3, 1] %}
        when {{ history_from_on }} <= cast({{ dbt.dateadd('month', -months, day) }} as date) then {{ months }}
    {%- endfor %}
        else 0
    end
{%- endmacro %}
