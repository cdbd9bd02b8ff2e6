with

enquiries as (

    select * from {{ ref('int_enquiries_collapsed') }}

),

events as (

    select * from {{ ref('stg_partner__events') }}
    where event_type = 'ICPC_HELD'

),

conferences as (

    select
        event_key as conference_key,
        person_key,
        partner,
        event_on as held_on,
        -- Told by one of two systems is told.
        max(case when flag_transfer_in then 1 else 0 end) over (
            partition by partner, person_key, event_on
        ) = 1 as is_transfer_in,
        row_number() over ({{ of_one_day() }}) as same_day_rank

    from events

),

-- DfE, CIN census: a conference belongs to the latest enquiry that began on or before it, and one of a plan
-- transferred in to none.
joined as (

    select
        conferences.conference_key,
        conferences.person_key,
        conferences.partner,
        conferences.held_on,
        conferences.is_transfer_in,
        enquiries.enquiry_key,
        enquiries.started_on as enquiry_started_on

    from conferences
    left join enquiries
        on
            conferences.partner = enquiries.partner
            and conferences.person_key = enquiries.person_key
            and conferences.held_on >= enquiries.started_on
            and conferences.held_on < coalesce(enquiries.next_started_on, cast('9999-12-31' as date))
            and not conferences.is_transfer_in
    where conferences.same_day_rank = 1

)

select * from joined
