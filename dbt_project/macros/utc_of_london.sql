{# The instant in UTC of a date and time in London, summer time taken into account. #}
{% macro utc_of_london(local) -%}
    {{ return(adapter.dispatch('utc_of_london')(local)) }}
{%- endmacro %}

{# As the SQL standard has it. #}
{% macro default__utc_of_london(local) -%}
    (cast({{ local }} as timestamp) at time zone 'Europe/London' at time zone 'UTC')
{%- endmacro %}

{% macro duckdb__utc_of_london(local) -%}
    timezone('UTC', timezone('Europe/London', {{ local }}))
{%- endmacro %}

{% macro spark__utc_of_london(local) -%}
    to_utc_timestamp({{ local }}, 'Europe/London')
{%- endmacro %}
