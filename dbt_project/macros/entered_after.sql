{#
    The first unit of its clock in which a case could be seen: 0, but for one that began before the history.

    Of those that began before, an extract tells of what was still going on: what had ended by the last day before the
    history was never sent. `units_unseen` is how many units had passed from the start to the end of that day.
#}
{% macro entered_after(started_on, history_from_on, units_unseen) -%}
    cast(case when {{ started_on }} < {{ history_from_on }} then {{ units_unseen }} + 1 else 0 end as integer)
{%- endmacro %}

{# The day before a history begins: the last one of which nothing is told. #}
{% macro last_unseen_day(history_from_on) -%}
    cast({{ dbt.dateadd('day', -1, history_from_on) }} as date)
{%- endmacro %}
