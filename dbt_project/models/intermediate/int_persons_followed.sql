with

persons as (

    select * from {{ ref('int_persons_described') }}

),

deaths as (

    select
        person_key,
        min(event_on) as died_on

    from {{ ref('stg_partner__events') }}
    where event_type = 'DEATH'
    group by person_key

),

dated as (

    select
        persons.person_key,
        deaths.died_on,
        -- Of a birth only the month is known: its first day counts as the birthday.
        cast({{ dbt.dateadd('year', 18, 'persons.birth_month_on') }} as date) as turns_18_on

    from persons
    left join deaths on persons.person_key = deaths.person_key

),

followed as (

    select
        person_key,
        case when died_on < turns_18_on then died_on else coalesce(turns_18_on, died_on) end as left_on

    from dated

)

select * from followed
