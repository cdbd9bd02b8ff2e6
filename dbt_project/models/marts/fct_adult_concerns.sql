with

concerns as (

    select * from {{ ref('int_concerns_with_outcome') }}

),

neighbours as (

    select * from {{ ref('int_concerns_with_neighbours') }}

),

days as (

    select * from {{ ref('int_days_numbered') }}

),

-- An enquiry is an enquiry, whatever else was decided before it.
judged as (

    select
        concerns.*,
        neighbours.previous_on,
        neighbours.next_on,
        case
            when concerns.enquired_on is not null then 'enquiry'
            when concerns.decided_on is not null then 'decided_otherwise'
            else 'open'
        end as conversion_status,
        coalesce(concerns.enquired_on, concerns.decided_on, concerns.reaches_to) as converted_on

    from concerns
    inner join neighbours
        on
            concerns.partner = neighbours.partner
            and concerns.person_key = neighbours.person_key
            and concerns.received_on = neighbours.received_on

),

timed as (

    select
        judged.concern_key,
        judged.person_key,
        judged.partner,
        judged.received_on,
        {{ quarter_of('judged.received_on') }} as period,
        judged.source_group,
        not judged.is_decided_before_receipt as is_in_measure,
        judged.conversion_status,
        -- Two clocks, or a slip, may put an enquiry before its concern: that took no days.
        cast(greatest(
            {{ dbt.datediff('judged.received_on', 'judged.converted_on', 'day') }}, 0
        ) as integer) as days_to_conversion,
        judged.decided_on,
        case when judged.decided_on is null then 'open' else 'decided' end as decision_status,
        greatest(last_days.working_day_number - first_days.working_day_number, 0) as duration_working_days,
        {{ entered_after(
            'judged.received_on', 'judged.history_from_on',
            dbt.datediff('judged.received_on', last_unseen_day('judged.history_from_on'), 'day')
        ) }} as entered_after_days,
        {{ entered_after(
            'judged.received_on', 'judged.history_from_on',
            '(unseen_days.working_day_number - first_days.working_day_number)'
        ) }} as entered_after_working_days,
        {{ months_since('judged.previous_on', 'judged.received_on') }} as months_since_any,
        {{ months_looked_back('judged.history_from_on', 'judged.received_on') }} as looked_back_months,
        case when judged.next_on is null then 'followed' else 'concern_again' end as next_status,
        cast(
            {{ dbt.datediff('judged.received_on', 'coalesce(judged.next_on, judged.reaches_to)', 'day') }} as integer
        ) as days_to_next

    from judged
    inner join days as first_days on judged.received_on = first_days.day_on
    inner join days as last_days on coalesce(judged.decided_on, judged.reaches_to) = last_days.day_on
    left join days as unseen_days on {{ last_unseen_day('judged.history_from_on') }} = unseen_days.day_on

)

select * from timed
