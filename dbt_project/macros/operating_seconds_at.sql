{# What the operating-hours clock shows at an instant; `hours` is the row of int_hours_numbered for its local day. #}
{% macro operating_seconds_at(hours, instant) -%}
    {{ hours }}.open_seconds_before + case
        when {{ hours }}.opens_at < {{ instant }}
            then {{ dbt.datediff(hours ~ ".opens_at", "least(" ~ instant ~ ", " ~ hours ~ ".closes_at)", "second") }}
        else 0
    end
{%- endmacro %}
