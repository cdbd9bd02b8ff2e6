with

events as (

    select * from {{ ref('stg_partner__events') }}

),

deliveries as (

    select * from {{ ref('stg_partner__deliveries') }}

),

-- Each partner tells of its own answers: what was unanswered is known up to its own latest extract of that source.
reaches as (

    select
        partner,
        source_format,
        max(least(period_to, snapshot_on)) as followed_to_on

    from deliveries
    group by partner, source_format

),

first_answers as (

    select
        *,
        row_number() over (
            partition by partner, person_key, parent_event_key
            order by event_on asc, event_at asc nulls last, event_key asc
        ) as answer_rank

    from events
    where
        event_type = 'INFO_RETURNED'
        and parent_event_key is not null

),

joined as (

    select
        requests.event_key as request_key,
        requests.person_key,
        requests.partner,
        requests.partner_type,
        requests.event_on as requested_on,
        requests.event_at as requested_at,
        first_answers.event_on as returned_on,
        first_answers.event_at as returned_at,
        reaches.followed_to_on,
        coalesce(requests.priority, 'none') as priority,
        {{ is_before_its_start('first_answers', 'requests') }} as is_returned_before_request

    from events as requests
    inner join reaches
        on
            requests.partner = reaches.partner
            and requests.source_format = reaches.source_format
    left join first_answers
        on
            requests.event_key = first_answers.parent_event_key
            and requests.partner = first_answers.partner
            and requests.person_key = first_answers.person_key
            and first_answers.answer_rank = 1
    where
        requests.event_type = 'INFO_REQUESTED'
        -- Sent beyond what the deliveries say they cover: whether it was answered cannot be told.
        and requests.event_on <= reaches.followed_to_on

)

select * from joined
