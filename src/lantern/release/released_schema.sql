-- released.duckdb: noised figures, how sure they are, what they mean, what they cost. Nothing else.
-- Described for readers in docs/released-schema.md; a test keeps the two the same.

create table partnership (
    name varchar primary key,
    title varchar not null,
    basis varchar not null,                    -- under what agreement; the demo says it is invented
    unit varchar not null,                     -- whose presence is hidden
    family varchar not null,                   -- zcdp (its unit is rho) | pure (epsilon)
    micro_per_year bigint not null,            -- millionths of rho (epsilon): what any four quarters in a row may cost a person
    epsilon_per_year double not null,          -- the same year, as (epsilon, delta)
    delta double not null,
    next_due_on date                           -- when the next figures are due; null if not known
);

create table release (
    release_id varchar primary key,            -- 2026-Q2-1: the quarter and the revision
    period varchar not null,                   -- 2026-Q2
    period_from date not null,
    period_to date not null,
    period_words varchar not null,             -- 1 April to 30 June 2026
    revision integer not null,                 -- 0 for a quarter's first release, 1 for its first revision
    publish_at timestamp not null,             -- UTC; no figure of it entered this file before
    published_on date not null,
    approved_by varchar not null,
    approval_reason varchar not null,
    revised_note varchar not null,             -- Revised on 3 March 2026: <reason>. It replaces the figures of 20 January 2026.
    withdrawn_on date,                         -- null unless it was withdrawn: then it has no cells
    withdrawn_reason varchar not null,         -- empty unless it was withdrawn
    micro bigint not null,                     -- what it may have cost any one person, in millionths
    epsilon double not null,                   -- of this release alone, at the partnership's delta
    year_micro bigint not null,                -- this quarter and the three before it together; never more than the year
    plan_digest varchar not null,
    statement varchar not null                 -- the release statement, plain English
);

create table measure (
    measure_id varchar not null,
    version integer not null,
    position integer not null,                 -- the order on every page
    page varchar not null,                     -- speed, assessment, coming_back, right_help, waiting, across, adults
    population varchar not null,               -- children, adults: a person is counted in one of them alone in a year
    title varchar not null,                    -- Contacts decided within 1 working day
    board_question varchar not null,           -- How quickly do we decide?
    definition varchar not null,
    what varchar not null,                     -- contacts were decided within 1 working day
    count_words varchar not null,              -- contacts were received; empty where no count is released
    at_quarter_end boolean not null,           -- what stood open when the quarter ended: counts of a year are the mean of four
    unit_one varchar not null,
    unit_many varchar not null,
    clock varchar not null,                    -- working_days, elapsed_days, calendar_months
    limit_value integer not null,              -- 1, 45, 12
    limit_text varchar not null,               -- Limit: 1 working day
    days_axis varchar not null,                -- heading of the axis of days; empty where there is none
    direction varchar not null,                -- up_is_better, none
    axis_max integer not null,                 -- the share axis runs from 0 to this, never fitted to data
    caveat varchar not null,                   -- what this cannot tell you
    source varchar not null,                   -- where the definition comes from
    primary key (measure_id, version)
);

create table category (
    breakdown varchar not null,                -- all, source_group, waiting_group, by_day, by_calendar_day
    category varchar not null,
    label varchar not null,
    position integer not null,
    primary key (breakdown, category)
);

create table cell (
    release_id varchar not null,
    measure_id varchar not null,
    period varchar not null,
    span varchar not null,                     -- quarter | year: the release's quarter, or it and the three before it
    breakdown varchar not null,                -- all | source_group | waiting_group | by_day | by_calendar_day
    category varchar not null,                 -- all | police ... | d0_1 ... | 0, 1, 2, 3, 5, 10 (share done by that day)
    statistic varchar not null,                -- share | count | curve (share done by a day) | median | p90 (days)
    value double,                              -- as shown: whole percent, count rounded to its step, or day; null if not shown
    lower double,
    upper double,                              -- null too for a day that may lie beyond those followed
    grade varchar not null,                    -- use | care | none
    change varchar not null,                   -- up | down | flat | unknown, against the same span a year earlier
    reason varchar not null,                   -- why not shown, or why change is unknown: closed list, else empty
    figure_text varchar not null,              -- 84%
    lower_text varchar not null,
    upper_text varchar not null,
    sentence varchar not null,                 -- About 84% of contacts were decided within 1 working day. The likely range is 80% to 88%.
    change_sentence varchar not null,          -- That is up from about 75% a year ago.
    primary key (release_id, measure_id, span, breakdown, category, statistic)
);
