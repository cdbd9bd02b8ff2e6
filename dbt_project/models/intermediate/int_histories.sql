with

snapshots as (

    select * from {{ ref('int_snapshots_agreed') }}

),

types as (

    select distinct
        partner,
        partner_type

    from {{ ref('stg_partner__deliveries') }}

),

partners as (

    select
        reached.history_from_on,
        reached.reaches_to,
        types.partner_type

    from {{ ref('int_partners_reached') }} as reached
    inner join types on reached.partner = types.partner

),

-- Adults are told of by adult social care alone; what is asked across partners by all of them at once, so the latest
-- start and the earliest end of them count.
histories as (

    select
        'contacts' as told_by,
        contacts_from_on as history_from_on,
        censored_on as reaches_to

    from snapshots

    union all

    select
        'referrals' as told_by,
        history_from_on,
        censored_on as reaches_to

    from snapshots

    union all

    select
        'adults' as told_by,
        max(history_from_on) as history_from_on,
        min(reaches_to) as reaches_to

    from partners
    where partner_type = 'asc'

    union all

    select
        'partners' as told_by,
        max(history_from_on) as history_from_on,
        min(reaches_to) as reaches_to

    from partners
    where partner_type not in ('csc', 'asc')

)

select * from histories
where history_from_on is not null
