with

deliveries as (

    select * from {{ source('raw', 'delivery') }}

),

formats as (

    select * from {{ source('partnership', 'agreed_format') }}

),

listed as (

    select * from {{ ref('codelist__source_format') }}

),

-- A full delivery holds every record of its period: it replaces every earlier one of the same partner and format most
-- of whose period it covers, so that what was withdrawn at the source, or has left a rolling window, is gone here too.
-- One month after another overlaps by a day or two at most: those add up, and so does what is sent as `delta`.
replaced as (

    select distinct earlier.delivery_id

    from deliveries as earlier
    inner join deliveries as later
        on
            earlier.partner = later.partner
            and earlier.source_format = later.source_format
            and later.mode = 'full'
            and 2 * (
                1 + {{ dbt.datediff(
                    "greatest(earlier.period_from, later.period_from)",
                    "least(earlier.period_to, later.period_to)",
                    "day"
                ) }}
            ) > 1 + {{ dbt.datediff("earlier.period_from", "earlier.period_to", "day") }}
            -- By the partner's own clock, not by arrival; two extracts of one instant by name, so that it is decided.
            and (
                earlier.snapshot_at < later.snapshot_at
                or (earlier.snapshot_at = later.snapshot_at and earlier.delivery_id < later.delivery_id)
            )

),

in_force as (

    select
        deliveries.delivery_id,
        deliveries.partner,
        deliveries.partner_type,
        deliveries.source_format,
        deliveries.period_from,
        deliveries.period_to,
        deliveries.snapshot_on,
        deliveries.snapshot_at,
        deliveries.mode,
        deliveries.includes_open,
        coalesce(formats.position, 99) as format_position,

        -- The format as such can tell of decisions, and this extract had a place for them: its manifest names what
        -- it had not. A format that is not on the list is not known to.
        coalesce(listed.carries_contact_decisions, false)
        and concat(';', coalesce(deliveries.not_carried, ''), ';') not like '%;CONTACT_DECIDED;%'
            as carries_contact_decisions

    from deliveries
    left join formats
        on
            deliveries.partner = formats.partner
            and deliveries.source_format = formats.source_format
    left join listed
        on deliveries.source_format = listed.code
    where deliveries.delivery_id not in (select replaced.delivery_id from replaced)

)

select * from in_force
