with

referrals as (

    select * from {{ ref('fct_referrals') }}

),

-- Known of a child only if it is known of each of its referrals: a quarter at the edge of the history is not known in
-- part.
children as (

    select
        person_key,
        partner,
        period,
        min(received_on) as first_received_on,
        case
            when count(is_rereferral) = count(*)
                then max(case when is_rereferral then 1 else 0 end) = 1
        end as is_rereferred

    from referrals
    group by person_key, partner, period

)

select * from children
