-- A table, not a view: which version of an event is in force is worked out once, and thirty models read it.
{{ config(materialized='table') }}

with

events as (

    select * from {{ source('raw', 'partner_event') }}

),

deliveries as (

    select * from {{ ref('stg_partner__deliveries') }}

),

person_links as (

    select * from {{ source('linkage', 'person_link') }}

),

versions as (

    select
        events.*,
        deliveries.partner,
        deliveries.source_format,
        deliveries.format_position,
        deliveries.snapshot_at,
        deliveries.carries_contact_decisions,
        person_links.person_key,
        -- The latest word on a person's event is the one with the latest snapshot, whenever it arrived. Within the
        -- person: what is told of one person never replaces what was told of another under the same key.
        row_number() over (
            partition by deliveries.partner, person_links.person_key, events.event_key
            order by deliveries.snapshot_at desc, deliveries.format_position asc, deliveries.delivery_id desc
        ) as version_rank

    from events
    inner join deliveries on events.delivery_id = deliveries.delivery_id
    -- A record without a link keeps its events, without a person: the test of person_key then stops the build.
    left join person_links on events.local_person_key = person_links.local_person_key

),

-- The latest word on each record, whatever it says.
current_versions as (

    select * from versions
    where version_rank = 1

),

-- A correction under a new id takes the place of the record it names: of the same person, and not of a later extract.
-- A record told of the wrong person is withdrawn by cancelling it, so that no one's correction moves another's rows.
superseded as (

    select distinct
        older.partner,
        older.person_key,
        older.event_key

    from current_versions as newer
    inner join current_versions as older
        on
            newer.supersedes_event_key = older.event_key
            and newer.partner = older.partner
            and newer.person_key = older.person_key
            and newer.snapshot_at >= older.snapshot_at
            and newer.event_key <> older.event_key

),

latest as (

    select
        versions.event_key,
        versions.event_type,
        versions.partner,
        versions.partner_type,
        versions.source_format,
        versions.format_position,
        versions.person_key,
        versions.local_person_key,
        versions.episode_key,
        versions.parent_event_key,
        versions.incident_key,
        versions.household_key,
        versions.event_on,
        versions.event_at,
        versions.event_time_precision,
        versions.source_category,
        versions.outcome_code,
        versions.priority,
        versions.priority_prev,
        versions.closure_code,
        versions.need_code,
        versions.abuse_codes,
        versions.factor_codes,
        versions.risk_types,
        versions.risk_source,
        versions.risk_location,
        versions.risk_outcome,
        versions.wishes_outcome,
        versions.capacity,
        versions.flag_not_required,
        versions.flag_transfer_in,
        versions.n_previous_plans,
        versions.open_case,
        versions.carries_contact_decisions,
        versions.channel,
        versions.birth_month,
        versions.expected_birth_month,
        versions.is_unborn,
        versions.sex,
        versions.ethnic_group,
        versions.disability

    from current_versions as versions
    left join superseded
        on
            versions.event_key = superseded.event_key
            and versions.partner = superseded.partner
            and versions.person_key = superseded.person_key
    where
        versions.record_status = 'active'
        and superseded.event_key is null

)

select * from latest
