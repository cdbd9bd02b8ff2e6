{# The instant in UTC of a date and time in London, summer time taken into account. #}
{% macro utc_of_london(local) -%}
    {{ return(adapter.dispatch('utc_of_london')(local)) }}
{%- endmacro %}

{% macro default__utc_of_london(local) -%}
    timezone('UTC', timezone('Europe/London', {{ local }}))
{%- endmacro %}

{% macro spark__utc_of_london(local) -%}
    to_utc_timestamp({{ local }}, 'Europe/London')
{%- endmacro %}
