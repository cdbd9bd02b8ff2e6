with

contacts as (

    select * from {{ ref('int_contacts_collapsed') }}

),

-- By date: one received earlier on the same day is not before. At whichever council of the hub it came in.
paired as (

    select
        contacts.contact_key,
        contacts.person_key,
        contacts.partner,
        earlier.received_on as earlier_on,
        earlier.source_group = contacts.source_group as is_same_source,
        earlier.person_key_without_weakest = contacts.person_key_without_weakest as is_by_stronger_links,
        -- It says something about coming back only if it was decided before this one came.
        earlier.outcome_code = 'nfa'
        and (
            earlier.decided_on < contacts.received_on
            or (earlier.decided_on = contacts.received_on and earlier.decided_at < contacts.received_at)
        ) as is_decided_nfa

    from contacts
    inner join contacts as earlier
        on
            contacts.person_key = earlier.person_key
            and contacts.received_on > earlier.received_on
            and earlier.received_on >= cast({{ dbt.dateadd('month', -12, 'contacts.received_on') }} as date)

),

summed as (

    select
        contact_key,
        person_key,
        partner,
        max(earlier_on) as last_on,
        max(case when is_decided_nfa then earlier_on end) as last_nfa_on,
        max(case when is_same_source then earlier_on end) as last_same_source_on,
        max(case when not is_same_source then earlier_on end) as last_other_source_on,
        max(case when is_by_stronger_links then earlier_on end) as last_without_weakest_on,
        sum(case when is_decided_nfa then 1 else 0 end) as nfa_count

    from paired
    group by contact_key, person_key, partner

)

select * from summed
