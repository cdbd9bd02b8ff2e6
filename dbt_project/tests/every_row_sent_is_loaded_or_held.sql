-- No delivery loses a row or doubles one: what was sent is loaded or held, and what is loaded is there.
with

loaded as (

    select
        delivery_id,
        count(*) as row_count
    from {{ source('raw', 'partner_event') }}
    group by delivery_id

),

wrong as (

    select deliveries.delivery_id
    from {{ source('raw', 'delivery') }} as deliveries
    left join loaded on deliveries.delivery_id = loaded.delivery_id
    where
        deliveries.rows_sent <> deliveries.rows_loaded + deliveries.rows_held
        or deliveries.rows_loaded <> coalesce(loaded.row_count, 0)

)

select * from wrong
