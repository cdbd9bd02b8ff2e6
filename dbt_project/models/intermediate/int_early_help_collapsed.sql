with

events as (

    select * from {{ ref('stg_partner__events') }}
    where event_type in ('EH_STARTED', 'EH_ENDED')

),

ended as (

    select
        partner,
        person_key,
        parent_event_key,
        min(event_on) as ended_on

    from events
    where
        event_type = 'EH_ENDED'
        and parent_event_key is not null
    group by partner, person_key, parent_event_key

),

-- Two systems of one partner tell of one episode, and perhaps one of them alone of its end.
ranked as (

    select
        started.event_key,
        started.person_key,
        started.partner,
        started.event_on as started_on,
        min(ended.ended_on) over (
            partition by started.partner, started.person_key, started.event_on
        ) as ended_on,
        row_number() over ({{ of_one_day('started') }}) as same_day_rank

    from events as started
    left join ended
        on
            started.event_key = ended.parent_event_key
            and started.partner = ended.partner
            and started.person_key = ended.person_key
    where started.event_type = 'EH_STARTED'

),

collapsed as (

    select
        event_key as early_help_key,
        person_key,
        partner,
        started_on,
        ended_on

    from ranked
    where same_day_rank = 1

)

select * from collapsed
