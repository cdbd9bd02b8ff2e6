{#
  Which rows of a policy's table hold for each partner, and from when to when. A place's own rows hold from their first
  day on, the rows of all places (*) before that. Reads a common table expression `partners`.
#}
{% macro policy_versions(rules) -%}
    select
        partner,
        place,
        valid_from,
        lead(valid_from) over (
            partition by partner
            order by valid_from
        ) as valid_before

    from (
        select distinct
            partners.partner,
            rules.place,
            rules.valid_from,
            min(case when rules.place = partners.partner then rules.valid_from end) over (
                partition by partners.partner
            ) as own_from

        from partners
        inner join {{ rules }} as rules on rules.place in (partners.partner, '*')
    ) as held
    where
        place <> '*'
        or own_from is null
        or valid_from < own_from
{%- endmacro %}
