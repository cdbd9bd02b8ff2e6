"""How good the links are: what can be known without the truth, and, of invented people, with it."""

from dataclasses import dataclass

import pyarrow as pa

from lantern import warehouse
from lantern.home import Home
from lantern.linkage import claim
from lantern.linkage.scheme import BASES, DESCRIPTIVE, MOST_RECORDS_OF_ONE_NAME, NUMBERS, Store

KEYS = ("person_key", "person_key_without_weakest", "person_key_by_number")


@dataclass(frozen=True)
class Coverage:
    """
    One group of records: how many there are, and the share (0 to 1) with each kind of token.

    `met` is the share whose person another partner knows too.
    """

    kind: str
    group: str
    records: int
    nhs: float
    upn: float
    described: float
    met: float


@dataclass(frozen=True)
class Known:
    """
    What can be said without knowing who is who. Exact, for the secure zone alone.

    `persons` is by column of `linkage.person_link`; `bases` counts records by `link_basis`. `too_common` and `refused`
    count, by scheme, tokens that join nobody: held by more records than one child has, or by persons that stay apart.
    """

    coverage: tuple[Coverage, ...]
    records: int
    persons: dict[str, int]
    persons_met: int
    bases: dict[str, int]
    too_common: dict[str, int]
    refused: dict[str, int]


@dataclass(frozen=True)
class Agreement:
    """Pairs of records of one group: truly one person, found to be, and both."""

    kind: str
    group: str
    true_pairs: int
    found_pairs: int
    right_pairs: int

    @property
    def precision(self) -> float | None:
        """Of the pairs found, the share that is true; None where none was found."""
        return self.right_pairs / self.found_pairs if self.found_pairs else None

    @property
    def recall(self) -> float | None:
        """Of the true pairs, the share that was found; None where there is none."""
        return self.right_pairs / self.true_pairs if self.true_pairs else None


def known(home: Home) -> Known:
    """
    Measure the links of the last build, as far as that is possible without the truth.

    Privacy: counts and shares of groups as small as they come. Not for anyone outside the secure zone.
    """
    with warehouse.opened(home, read_only=True) as connection:
        return known_of(connection)


def known_of(connection: Store) -> Known:
    """The same, of an open store."""
    _describe(connection)
    coverage = tuple(
        Coverage(*row)
        for kind, group in _GROUPS.items()
        for row in connection.execute(_COVERAGE.format(kind=kind, group=group)).fetchall()
    )
    counted = ", ".join(f"count(distinct {key})" for key in KEYS)
    records, met, *persons = connection.execute(
        f"select count(*), count(distinct person_key) filter (where is_met), {counted} from described"
    ).fetchone()
    bases = dict(connection.execute("select link_basis, count(*) from described group by 1").fetchall())
    schemes = (*NUMBERS, *DESCRIPTIVE)
    return Known(
        coverage=coverage,
        records=records,
        persons=dict(zip(KEYS, persons, strict=True)),
        persons_met=met,
        bases={basis: bases[basis] for basis in BASES if basis in bases},
        too_common={scheme: _count(connection, _TOO_COMMON.format(scheme=scheme)) for scheme in DESCRIPTIVE},
        refused={scheme: _count(connection, _REFUSED.format(scheme=scheme)) for scheme in schemes},
    )


def against(home: Home, truth: pa.Table) -> tuple[Agreement, ...]:
    """
    Compare the links of the last build with the truth, pair of records by pair: over all and by group.

    Args:
        home: Whose warehouse.
        truth: `local_person_key` and `true_person`, one row per record; records without a truth are left out.

    Returns:
        First all pairs; then all without the weakest scheme and by number alone; then by group. Age, sex and ethnic
        group are the true person's where any partner knows them; a false pair counts with its first record.
    """
    with warehouse.opened(home, read_only=True) as connection:
        return against_of(connection, truth)


def against_of(connection: Store, truth: pa.Table) -> tuple[Agreement, ...]:
    """The same, of an open store."""
    _describe(connection)
    connection.register("truth", truth)
    connection.execute(f"create or replace temp table judged as {_JUDGED}")
    connection.unregister("truth")
    found = []
    for kind, key in zip(("all", "without the weakest links", "by number alone"), KEYS, strict=True):
        connection.execute(f"create or replace temp table pair as {_PAIRS.format(key=key)}")
        found += connection.execute(_AGREEMENT.format(kind=kind, group="'all'")).fetchall()
    connection.execute(f"create or replace temp table pair as {_PAIRS.format(key=KEYS[0])}")
    for kind, group in _PAIR_GROUPS.items():
        found += connection.execute(_AGREEMENT.format(kind=kind, group=group)).fetchall()
    return tuple(Agreement(*row) for row in found)


def _describe(connection: Store) -> None:
    """Make `described`: one row per record in force, with its tokens, its link, and what its partner says it is like."""
    claim.gather(connection, with_supporting=False)
    connection.execute(f"create or replace temp table described as {_DESCRIBED}")


def _count(connection: Store, query: str) -> int:
    (count,) = connection.execute(query).fetchone()
    return int(count)


_AGE = """
    case
        when {born} is null then 'not known'
        when {born} > {on} then 'not born'
        when date_diff('month', {born}, {on}) < 60 then '0 to 4'
        when date_diff('month', {born}, {on}) < 120 then '5 to 9'
        when date_diff('month', {born}, {on}) < 192 then '10 to 15'
        when date_diff('month', {born}, {on}) < 216 then '16 or 17'
        else '18 and over'
    end
"""
_DESCRIBED = f"""
    with
    traits as (
        select
            local_person_key,
            max_by(try_cast(birth_month || '-01' as date), event_on) as born_in,
            max_by(ethnic_group, event_on) as ethnic_group
        from raw.partner_event
        inner join delivery_in_force using (delivery_id)
        anti join withdrawn using (local_person_key, event_key)
        where record_status = 'active'
        group by local_person_key
    ),
    linked as (
        select
            identity.*,
            traits.born_in,
            traits.ethnic_group,
            (select cast(max(snapshot_at) as date) from delivery_in_force) as known_on,
            person_link.* exclude (local_person_key)
        from identity
        inner join traits using (local_person_key)
        inner join linkage.person_link using (local_person_key)
    )
    select
        linked.* exclude (sex, ethnic_group),
        -- What one partner knows of a person holds for its records at every other.
        {_AGE.format(born="min(born_in) over of_person", on="known_on")} as age_band,
        coalesce(min(sex) filter (where sex <> 'U') over of_person, 'not known') as sex,
        coalesce(min(ethnic_group) filter (where ethnic_group <> 'unknown') over of_person, 'not known') as ethnic_group,
        count(distinct partner) over of_person > 1 as is_met
    from linked
    window of_person as (partition by person_key)
"""
_GROUPS = {
    "partner": "partner",
    "age": "age_band",
    "sex": "sex",
    "ethnic group": "ethnic_group",
}
_COVERAGE = f"""
    select
        '{{kind}}',
        {{group}} as place,
        count(*),
        avg(if(token_nhs is null, 0, 1)),
        avg(if(token_upn is null, 0, 1)),
        avg(if(coalesce({", ".join(f"token_{scheme}" for scheme in DESCRIPTIVE)}) is null, 0, 1)),
        avg(if(is_met, 1, 0))
    from described
    group by place
    order by try_cast(split_part(place, ' ', 1) as integer) nulls last, place
"""
_TOO_COMMON = f"""
    select count(*)
    from (
        select token_{{scheme}} from described where token_{{scheme}} is not null
        group by all having count(*) > {MOST_RECORDS_OF_ONE_NAME}
    )
"""
# A shared token that was not refused has all its holders in one person.
_REFUSED = """
    select count(*)
    from (
        select claim.token
        from claim
        inner join linkage.person_link using (local_person_key)
        where claim.scheme = '{scheme}'
        group by claim.token
        having count(distinct person_link.person_key) > 1
    )
"""
_JUDGED = f"""
    with true_traits as (
        select
            true_person,
            {_AGE.format(born="min(born_in)", on="max(known_on)")} as age_band,
            coalesce(min(sex) filter (where sex <> 'not known'), 'not known') as sex,
            coalesce(min(ethnic_group) filter (where ethnic_group <> 'not known'), 'not known') as ethnic_group
        from described
        inner join truth using (local_person_key)
        group by true_person
    )
    select
        described.local_person_key,
        described.partner,
        described.token_nhs is not null as has_nhs,
        {", ".join(f"described.{key}" for key in KEYS)},
        true_traits.*
    from described
    inner join truth using (local_person_key)
    inner join true_traits using (true_person)
"""
_PAIRS = """
    with matched as (
        select one.local_person_key as one_key, other.local_person_key as other_key
        from judged as one
        inner join judged as other using (true_person)
        where one.local_person_key < other.local_person_key
        union
        select one.local_person_key as one_key, other.local_person_key as other_key
        from judged as one
        inner join judged as other using ({key})
        where one.local_person_key < other.local_person_key
    )
    select
        one.age_band,
        one.sex,
        one.ethnic_group,
        concat(least(one.partner, other.partner), ' and ', greatest(one.partner, other.partner)) as partners,
        if(one.partner = other.partner, 'within one partner', 'between partners') as reach,
        case cast(one.has_nhs as integer) + cast(other.has_nhs as integer)
            when 2 then 'both' when 1 then 'one' else 'neither'
        end as nhs,
        one.true_person = other.true_person as is_true,
        one.{key} = other.{key} as is_found
    from matched
    inner join judged as one on matched.one_key = one.local_person_key
    inner join judged as other on matched.other_key = other.local_person_key
"""
_PAIR_GROUPS = {
    "reach": "reach",
    "NHS number known to": "nhs",
    "partners": "partners",
    "age": "age_band",
    "sex": "sex",
    "ethnic group": "ethnic_group",
}
_AGREEMENT = """
    select
        '{kind}',
        {group} as place,
        count(*) filter (where is_true),
        count(*) filter (where is_found),
        count(*) filter (where is_true and is_found)
    from pair
    group by place
    order by try_cast(split_part(place, ' ', 1) as integer) nulls last, place
"""
