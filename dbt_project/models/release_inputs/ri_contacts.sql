with

contacts as (

    select * from {{ ref('fct_contacts') }}

),

repeats as (

    select * from {{ ref('fct_contact_repeats') }}

),

outcomes as (

    select * from {{ ref('fct_contact_outcomes') }}

),

sources as (

    select
        code,
        published_source

    from {{ ref('codelist__source_group') }}

),

-- No row is left out here: how far a person counts is bounded at the border, over all their rows of four quarters.
asked as (

    select
        contacts.contact_key as row_key,
        contacts.period,
        contacts.person_key,
        -- Small sources are joined by public rule, not by how many there are.
        sources.published_source as source_group,
        case
            when not contacts.is_in_measure then 'not_asked'
            when contacts.status = 'open' then 'open'
            else {{ bin_of('contacts', 'contacts.duration_working_days') }}
        end as time_category,
        case
            when repeats.contact_key is null then 'not_asked'
            when not repeats.is_repeat then 'no'
            when repeats.is_from_elsewhere then 'elsewhere'
            when repeats.is_repeat then 'same_source'
        end as recontact,
        case
            when outcomes.is_in_measure and outcomes.became_referral then 'yes'
            when outcomes.is_in_measure and not outcomes.became_referral then 'no'
            else 'not_asked'
        end as is_referred

    from contacts
    inner join sources on contacts.source_group = sources.code
    left join repeats
        on
            contacts.contact_key = repeats.contact_key
            and contacts.partner = repeats.partner
            and contacts.person_key = repeats.person_key
    left join outcomes
        on
            contacts.contact_key = outcomes.contact_key
            and contacts.partner = outcomes.partner
            and contacts.person_key = outcomes.person_key
    where
        contacts.is_in_measure
        or repeats.contact_key is not null
        or outcomes.is_in_measure

)

select * from asked
