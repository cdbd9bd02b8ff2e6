with

contacts as (

    select * from {{ ref('fct_contacts') }}
    where not is_on_open_case

),

priorities as (

    select * from {{ ref('int_contacts_prioritised') }}

),

urgencies as (

    select * from {{ ref('policy__urgency') }}

),

limits as (

    select * from {{ ref('int_limits_dated') }}
    where stage = 'final_decision'

),

waits as (

    select * from {{ ref('int_waits_clocked') }}
    where kind = 'contact'

),

-- The policy of the day of receipt rules, also when it or the priority changed afterwards.
limited as (

    select
        contacts.contact_key,
        contacts.person_key,
        contacts.partner,
        contacts.received_on,
        contacts.period,
        contacts.source_group,
        contacts.decided_on,
        contacts.is_decided_before_receipt,
        priorities.initial_priority,
        priorities.priority,
        priorities.change_count,
        case
            when priorities.initial_priority <> 'none' and contacts.decided_on is not null
                then last_urgencies.urgency_rank > first_urgencies.urgency_rank
        end as is_lowered,
        waits.is_ended,
        waits.is_hour_known,
        initial_limits.most_waited as initial_most_waited,
        {{ waited('waits', 'initial_limits.clock') }} as initial_waited,
        limits.clock,
        limits.limit_value,
        limits.most_waited,
        {{ waited('waits', 'limits.clock') }} as waited

    from contacts
    inner join priorities
        on
            contacts.partner = priorities.partner
            and contacts.person_key = priorities.person_key
            and contacts.contact_key = priorities.contact_key
    inner join waits
        on
            contacts.partner = waits.partner
            and contacts.person_key = waits.person_key
            and contacts.contact_key = waits.wait_key
    inner join urgencies as first_urgencies on priorities.initial_priority = first_urgencies.priority
    inner join urgencies as last_urgencies on priorities.priority = last_urgencies.priority
    left join limits as initial_limits
        on
            contacts.partner = initial_limits.partner
            and priorities.initial_priority = initial_limits.priority
            and contacts.received_on >= initial_limits.valid_from
            and contacts.received_on < initial_limits.valid_before
    left join limits
        on
            contacts.partner = limits.partner
            and priorities.priority = limits.priority
            and contacts.received_on >= limits.valid_from
            and contacts.received_on < limits.valid_before

),

judged as (

    select
        contact_key,
        person_key,
        partner,
        received_on,
        period,
        source_group,
        decided_on,
        initial_priority,
        priority,
        change_count,
        decided_on is not null as is_decided,
        is_lowered,
        is_hour_known,
        clock,
        limit_value,
        waited is not null and not is_decided_before_receipt as is_in_measure,
        {{ is_within('waited', 'most_waited', 'is_ended') }} as is_within_limit,
        initial_waited is not null and not is_decided_before_receipt as is_in_initial_measure,
        {{ is_within('initial_waited', 'initial_most_waited', 'is_ended') }} as is_within_initial_limit

    from limited

)

select * from judged
