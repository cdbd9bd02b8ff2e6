with

requests as (

    select * from {{ ref('int_requests_answered') }}

),

waits as (

    select * from {{ ref('int_waits_clocked') }}
    where kind = 'request'

),

limits as (

    select * from {{ ref('int_limits_dated') }}
    where stage = 'info_return'

),

-- Of the priority's own limit and the one for all, the own one.
candidates as (

    select
        requests.partner,
        requests.person_key,
        requests.request_key,
        limits.clock,
        limits.limit_value,
        limits.most_waited,
        row_number() over (
            partition by requests.partner, requests.person_key, requests.request_key
            order by case when limits.priority = requests.priority then 1 else 2 end
        ) as choice

    from requests
    inner join limits
        on
            requests.partner = limits.partner
            and limits.priority in (requests.priority, 'none')
            and requests.requested_on >= limits.valid_from
            and requests.requested_on < limits.valid_before

),

limited as (

    select
        requests.*,
        waits.is_ended,
        waits.is_hour_known,
        candidates.clock,
        candidates.limit_value,
        candidates.most_waited,
        {{ waited('waits', 'candidates.clock') }} as waited

    from requests
    inner join waits
        on
            requests.partner = waits.partner
            and requests.person_key = waits.person_key
            and requests.request_key = waits.wait_key
    left join candidates
        on
            requests.partner = candidates.partner
            and requests.person_key = candidates.person_key
            and requests.request_key = candidates.request_key
            and candidates.choice = 1

),

judged as (

    select
        request_key,
        person_key,
        partner,
        partner_type,
        requested_on,
        {{ quarter_of('requested_on') }} as period,
        case when is_ended then returned_on end as returned_on,
        priority,
        is_returned_before_request,
        is_hour_known,
        clock,
        limit_value,
        waited is not null and not is_returned_before_request as is_in_measure,
        {{ is_within('waited', 'most_waited', 'is_ended') }} as is_within_limit

    from limited

)

select * from judged
