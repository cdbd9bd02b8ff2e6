with

reached as (

    select * from {{ ref('int_partners_reached') }}

),

snapshots as (

    select * from {{ ref('int_snapshots_agreed') }}

),

days as (

    select day_on from {{ ref('int_days_numbered') }}

),

-- Of councils' children's social care the agreed day counts, and of others their own.
histories as (

    select
        reached.partner,
        case when reached.partner_type = 'csc' then snapshots.history_from_on else reached.history_from_on end
            as history_from_on,
        case when reached.partner_type = 'csc' then snapshots.censored_on else reached.reaches_to end as reaches_to

    from reached
    cross join snapshots

),

reporting_years as (

    select distinct {{ reporting_year_from('day_on') }} as year_from_on from days

),

dated as (

    select
        year_from_on,
        cast({{ dbt.dateadd('day', -1, dbt.dateadd('year', 1, 'year_from_on')) }} as date) as year_to_on

    from reporting_years

),

-- A year told of in part is left out: its counts are no counts of a year.
told as (

    select
        histories.partner,
        dated.year_from_on,
        dated.year_to_on,
        histories.history_from_on

    from histories
    inner join dated
        on
            histories.history_from_on <= dated.year_from_on
            and histories.reaches_to >= dated.year_to_on

)

select * from told
