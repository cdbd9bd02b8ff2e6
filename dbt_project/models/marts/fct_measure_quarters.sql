with

measures as (

    select * from {{ ref('catalogue__measures') }}

),

sources as (

    select
        code,
        published_source

    from {{ ref('codelist__source_group') }}

),

contacts as (

    select
        'T_CONTACT_DECISION' as measure_id,
        contacts.period,
        contacts.source_group,
        contacts.status = 'decided' and contacts.duration_working_days <= measures.limit_value as is_counted,
        -- Whether one contact was in time is known without any link.
        cast(null as boolean) as is_counted_without_weakest_links,
        contacts.status = 'decided' as is_finished

    from {{ ref('fct_contacts') }} as contacts
    inner join measures on measures.measure_id = 'T_CONTACT_DECISION'
    where contacts.is_in_measure

),

assessments as (

    select
        'T_ASSESS45' as measure_id,
        referrals.period,
        referrals.source_group,
        referrals.status = 'assessed' and referrals.duration_working_days <= measures.limit_value as is_counted,
        cast(null as boolean) as is_counted_without_weakest_links,
        referrals.status = 'assessed' as is_finished

    from {{ ref('fct_referrals') }} as referrals
    inner join measures on measures.measure_id = 'T_ASSESS45'

),

rereferrals as (

    select
        'R_REREF_DFE' as measure_id,
        referrals.period,
        referrals.source_group,
        referrals.is_rereferral as is_counted,
        referrals.is_rereferral_without_weakest_links as is_counted_without_weakest_links,
        true as is_finished

    from {{ ref('fct_referrals') }} as referrals
    where referrals.is_rereferral is not null

),

all_rows as (

    select * from contacts
    union all
    select * from assessments
    union all
    select * from rereferrals

),

by_source as (

    select
        all_rows.measure_id,
        all_rows.period,
        sources.published_source as source_group,
        count(*) as row_count,
        sum(case when all_rows.is_counted then 1 else 0 end) as counted,
        sum(
            case all_rows.is_counted_without_weakest_links when true then 1 when false then 0 end
        ) as counted_without_weakest_links,
        sum(case when all_rows.is_finished then 1 else 0 end) as finished

    from all_rows
    inner join sources on all_rows.source_group = sources.code
    group by all_rows.measure_id, all_rows.period, sources.published_source

),

overall as (

    select
        measure_id,
        period,
        'all' as source_group,
        sum(row_count) as row_count,
        sum(counted) as counted,
        sum(counted_without_weakest_links) as counted_without_weakest_links,
        sum(finished) as finished

    from by_source
    group by measure_id, period

),

both_levels as (

    select * from by_source
    union all
    select * from overall

),

shares as (

    select
        measure_id,
        period,
        source_group,
        cast(row_count as bigint) as row_count,
        cast(counted as bigint) as counted,
        cast(counted as double) / row_count as exact_share,
        cast(counted_without_weakest_links as double) / row_count as exact_share_without_weakest_links,
        -- Of the finished alone: what a local report would say, and why it flatters a growing backlog.
        case when finished > 0 then cast(counted as double) / finished end as naive_share

    from both_levels

)

select * from shares
