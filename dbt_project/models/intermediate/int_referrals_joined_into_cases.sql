with

referrals as (

    select * from {{ ref('int_referrals_collapsed') }}

),

-- A referral while a case is open belongs to it, and the case is open until all of it is closed.
numbered as (

    select
        *,
        sum(case when is_while_open then 0 else 1 end) over (
            partition by partner, person_key
            order by received_on
            rows between unbounded preceding and current row
        ) as case_number

    from referrals

),

marked as (

    select
        *,
        count(*) over (partition by partner, person_key, case_number) as referral_count,
        count(closed_on) over (partition by partner, person_key, case_number) as closed_count,
        row_number() over (
            partition by partner, person_key, case_number
            order by closed_on desc, received_on desc
        ) as last_closed_rank

    from numbered

),

endings as (

    select
        partner,
        person_key,
        case_number,
        closed_on,
        closure_code

    from marked
    where
        last_closed_rank = 1
        and closed_count = referral_count

),

joined as (

    select
        marked.referral_key,
        marked.person_key,
        marked.partner,
        marked.received_on as opened_on,
        marked.need_code,
        endings.closed_on,
        endings.closure_code,
        lead(marked.received_on) over (
            partition by marked.partner, marked.person_key
            order by marked.received_on
        ) as next_opened_on

    from marked
    left join endings
        on
            marked.partner = endings.partner
            and marked.person_key = endings.person_key
            and marked.case_number = endings.case_number
    where not marked.is_while_open

)

select * from joined
