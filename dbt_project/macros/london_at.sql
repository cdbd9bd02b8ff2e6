{#
    The instant in UTC of a day and a time of day written like 08:30; 24:00 is the end of the day.

    The sum of minutes stands in brackets, for an engine whose dateadd multiplies it.
#}
{% macro london_at(day, clock_time) -%}
    {{ utc_of_london(dbt.dateadd(
        "minute",
        "(60 * cast(left(" ~ clock_time ~ ", 2) as integer) + cast(right(" ~ clock_time ~ ", 2) as integer))",
        "cast(" ~ day ~ " as timestamp)"
    )) }}
{%- endmacro %}
