with

contacts as (

    select * from {{ ref('int_contacts_collapsed') }}

),

earlier as (

    select * from {{ ref('int_contacts_with_earlier') }}

),

snapshots as (

    select * from {{ ref('int_snapshots_agreed') }}

),

looked_back as (

    select
        contacts.*,
        earlier.last_on,
        earlier.last_nfa_on,
        earlier.last_same_source_on,
        earlier.last_other_source_on,
        earlier.last_without_weakest_on,
        coalesce(earlier.nfa_count, 0) as nfa_count,
        {{ months_looked_back('snapshots.contacts_from_on', 'contacts.received_on') }} as looked_back_months

    from contacts
    left join earlier
        on
            contacts.contact_key = earlier.contact_key
            and contacts.partner = earlier.partner
            and contacts.person_key = earlier.person_key
    cross join snapshots

),

repeats as (

    select
        contact_key,
        person_key,
        partner,
        received_on,
        {{ quarter_of('received_on') }} as period,
        source_group,
        {{ months_since('last_on', 'received_on') }} as months_since_any,
        {{ months_since('last_nfa_on', 'received_on') }} as months_since_nfa,
        {{ months_since('last_same_source_on', 'received_on') }} as months_since_same_source,
        {{ months_since('last_other_source_on', 'received_on') }} as months_since_other_source,
        {{ months_since('last_without_weakest_on', 'received_on') }} as months_since_any_without_weakest,
        looked_back_months,
        decided_on is not null as is_decided,
        -- Twelve months back must be known of all, or those with an early finding would be counted alone.
        case
            when decided_on is not null and looked_back_months = 12
                then outcome_code = 'nfa' and nfa_count >= 2
        end as is_third_nfa,
        case when looked_back_months = 12 then last_on is not null end as is_repeat,
        -- Of several on the last day, one from the same source is enough: it was known there.
        case
            when looked_back_months = 12 and last_on is not null
                then coalesce(last_same_source_on < last_on, true)
        end as is_from_elsewhere

    from looked_back

)

select * from repeats
