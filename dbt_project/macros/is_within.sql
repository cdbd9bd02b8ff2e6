{# Whether a wait kept to its limit. What still waits is late once it is past it, and not known (null) before. #}
{% macro is_within(waited, most_waited, is_ended) -%}
    case
        when {{ waited }} > {{ most_waited }} then false
        when {{ waited }} <= {{ most_waited }} and {{ is_ended }} then true
    end
{%- endmacro %}
