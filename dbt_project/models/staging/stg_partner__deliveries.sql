with

deliveries as (

    select * from {{ source('raw', 'delivery') }}

),

formats as (

    select * from {{ source('partnership', 'agreed_format') }}

),

-- A full delivery replaces what the partner sent before, in the same format, for a period inside its own.
replaced as (

    select distinct earlier.delivery_id

    from deliveries as earlier
    inner join deliveries as later
        on
            earlier.partner = later.partner
            and earlier.source_format = later.source_format
            and later.mode = 'full'
            and earlier.period_from >= later.period_from
            and earlier.period_to <= later.period_to
            and (
                earlier.snapshot_on < later.snapshot_on
                or (earlier.snapshot_on = later.snapshot_on and earlier.delivery_id < later.delivery_id)
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
        coalesce(formats.position, 99) as format_position

    from deliveries
    left join formats
        on
            deliveries.partner = formats.partner
            and deliveries.source_format = formats.source_format
    where deliveries.delivery_id not in (select replaced.delivery_id from replaced)

)

select * from in_force
