{# How long a row of int_waits_clocked waited by the clock that a limit names. Null where its hour is not known. #}
{% macro waited(waits, clock) -%}
    case {{ clock }}
        when 'working_days' then {{ waits }}.working_days
        when 'operating_hours' then {{ waits }}.operating_seconds
        when 'elapsed_hours' then {{ waits }}.elapsed_seconds
    end
{%- endmacro %}
