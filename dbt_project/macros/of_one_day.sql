{#
    The window of what one partner tells of a person on one day, of one kind of event.

    Two systems of a partner tell of one thing, and so do two that are told of on one day. The first of the window stands
    for all: of the system the list of formats names first, then by key, so that every build takes the same.
#}
{% macro of_one_day(events='') -%}
    {%- set of = events ~ '.' if events else '' -%}
    partition by {{ of }}partner, {{ of }}person_key, {{ of }}event_on order by {{ of }}format_position, {{ of }}event_key
{%- endmacro %}
