{#
    Whether what ends a wait is dated before what began it: a slip of the keyboard, not a quick decision or answer. Never null.

    Two clocks may be an hour apart; within it no time has passed. Where a time is not known the day decides. Both are
    names of events in the query.
#}
{% macro is_before_its_start(ended, started) -%}
    coalesce(
        case
            when {{ ended }}.event_at is not null and {{ started }}.event_at is not null
                then {{ ended }}.event_at < {{ dbt.dateadd('hour', -1, started ~ '.event_at') }}
            else {{ ended }}.event_on < {{ started }}.event_on
        end,
        false
    )
{%- endmacro %}
