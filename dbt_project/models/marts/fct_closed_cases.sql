with

cases as (

    select * from {{ ref('int_cases_followed') }}

),

-- Closed by death, a move or a transfer to adult care, nobody can come back; nor does one of 18.
judged as (

    select
        *,
        coalesce(closure_code not in ('RC2', 'RC5', 'RC6'), true)
        and coalesce(left_on > closed_on, true) as is_at_risk,
        coalesce(next_opened_on <= followed_to_on, false) as is_returned,
        coalesce(planned_on <= followed_to_on, false) as is_planned,
        cast({{ dbt.dateadd('day', 30, 'closed_on') }} as date) as stepped_down_by_on

    from cases

),

timed as (

    select
        referral_key,
        person_key,
        partner,
        closed_on,
        {{ quarter_of('closed_on') }} as period,
        need_code,
        closure_code,
        is_at_risk,
        case when is_at_risk and is_returned then 'returned' when is_at_risk then 'followed' end as return_status,
        case
            when is_at_risk and is_returned then cast({{ dbt.datediff('closed_on', 'next_opened_on', 'day') }} as integer)
            when is_at_risk then cast({{ dbt.datediff('closed_on', 'followed_to_on', 'day') }} as integer)
        end as days_to_return,
        case when is_at_risk and is_planned then 'planned' when is_at_risk then 'followed' end as plan_status,
        case
            when is_at_risk and is_planned then cast({{ dbt.datediff('closed_on', 'planned_on', 'day') }} as integer)
            when is_at_risk then cast({{ dbt.datediff('closed_on', 'followed_to_on', 'day') }} as integer)
        end as days_to_plan,
        {{ entered_after(
            'closed_on', 'history_from_on', dbt.datediff('closed_on', last_unseen_day('history_from_on'), 'day')
        ) }} as entered_after_days,
        -- Until thirty days are over, none of that day is counted: not those closed to early help alone.
        case
            when is_at_risk and stepped_down_by_on <= censored_on
                then coalesce(closure_code = 'RC9', false) or coalesce(helped_on <= stepped_down_by_on, false)
        end as is_stepped_down

    from judged

)

select * from timed
