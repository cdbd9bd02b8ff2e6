"""Proposes joins by likelihood (Fellegi and Sunter), with probabilities fixed in advance. Off unless agreed."""

from typing import Any

import pyarrow as pa

from lantern import warehouse
from lantern.errors import ConfigRefused
from lantern.linkage.scheme import DESCRIPTIVE, NUMBERS, PROBABLE, SUPPORTING, Store

_TOKENS = (*NUMBERS, *DESCRIPTIVE, *SUPPORTING)
_PRIOR = 1 / 25_000
"""How likely two records of a partnership are one person: a middling one has 40,000 records and 33,000 true pairs."""

# m: how often two records of one person agree so; u: how often those of two persons do. Fixed, not learnt: what is
# learnt from few records swings, and would let one person's records move everyone's links. Descriptive tokens overlap,
# so they are one comparison: the strongest agreement counts, and is not counted again as that of month or sex.
# The u of ndp3: 6,600 birth days x 2 sexes x 12 initials x 400 sounds of surnames.
_LEVELS: dict[str, tuple[tuple[str, float, float], ...]] = {
    "description": (
        ("ndp2_l = ndp2_r", 0.80, 1e-8),
        ("ndp1_l = ndp1_r", 0.06, 1e-8),
        ("ndp4_l = ndp4_r", 0.04, 1e-8),
        ("ndp3_l = ndp3_r", 0.05, 1.6e-8),
        ("ELSE", 0.05, 0.99999995),
    ),
    "birth_month": (("birth_month_l = birth_month_r", 0.99, 0.99), ("ELSE", 0.01, 0.01)),
    "sex": (("sex_l = sex_r", 0.99, 0.99), ("ELSE", 0.001, 0.01)),
    "nhs": (("nhs_l = nhs_r", 0.999, 1e-8), ("ELSE", 0.001, 0.99999999)),
    "upn": (("upn_l = upn_r", 0.99, 1e-8), ("ELSE", 0.01, 0.99999999)),
}
_MISSING = {"description": "false"}
_NO_PAIRS = pa.table({"one": pa.array([], pa.int32()), "other": pa.array([], pa.int32())})


def propose(connection: Store, threshold: float) -> None:
    """
    Add to `held` the pairs of persons that are one with at least this probability.

    Only records that share a token of `SUPPORTING` are compared. A pair is proposed where neither person is as
    likely to be a third, and where no partner knows both: one that has two records has met two people, or merges them
    itself. The refusals of `resolution.join` come on top.

    Args:
        connection: With `place`, `held`, `claim` and `identity`.
        threshold: The least probability.

    Privacy: compares tokens, a birth month and a sex, in memory; no name, date or address is known here.
    """
    found = connection.execute(_CANDIDATES).to_arrow_table()
    connection.register("scored", _scored(found, threshold) if found.num_rows else _NO_PAIRS)
    connection.execute("create or replace temp table scored_pair as from scored")
    connection.unregister("scored")
    connection.execute(f"create or replace temp table likely as {_LIKELY}")
    connection.execute(f"create or replace temp table either_way as {_EITHER_WAY}")
    connection.execute(_PROPOSED)


# Tokens as claimed, not as known: what too many records hold is no evidence, and what is no claim is not seen to change.
# Birth month and sex are the detail of a claim of `SUPPORTING`.
_CANDIDATES = f"""
    select
        place.node as unique_id,
        {", ".join(f"min(claim.token) filter (where claim.scheme = '{scheme}') as {scheme}" for scheme in _TOKENS)},
        min(identity.birth_month) as birth_month,
        min(identity.sex) as sex
    from claim
    inner join identity using (local_person_key)
    inner join place using (local_person_key)
    where place.node in (
        select held.node
        from held
        where
            held.scheme in ({", ".join(f"'{scheme}'" for scheme in SUPPORTING)})
    )
    group by place.node
    order by unique_id
"""

_LIKELY = """
    select one_place.person as one, other_place.person as other
    from scored_pair
    inner join place as one_place on scored_pair.one = one_place.node
    inner join place as other_place on scored_pair.other = other_place.node
"""
# One row per person and other person it is likely to be, from both sides.
_EITHER_WAY = """
    select one as person, other from likely where one <> other
    union
    select other as person, one as other from likely where one <> other
"""
_PROPOSED = f"""
    insert into held
    with
    clear as (
        select person, min(other) as other
        from either_way
        group by person
        having count(*) = 1
    ),
    met as (
        select place.person, list(distinct identity.partner) as partners
        from identity
        inner join place using (local_person_key)
        group by place.person
    )
    select '{PROBABLE}', concat(clear.person, '|', clear.other), unnest([clear.person, clear.other]), null, null
    from clear
    -- Each is the only one the other is likely to be.
    inner join clear as back on clear.other = back.person and clear.person = back.other
    inner join met on clear.person = met.person
    inner join met as met_too on clear.other = met_too.person
    where
        clear.person < clear.other
        and not list_has_any(met.partners, met_too.partners)
"""


def _scored(found: pa.Table, threshold: float) -> pa.Table:
    """The pairs of records at or above the threshold: `one` and `other`, by number."""
    import logging

    try:
        from splink import Linker
        from splink.backends.duckdb import DuckDBAPI
    except ImportError:
        raise ConfigRefused(
            "[linkage] probabilistic: Splink 5 is not installed here. Nothing was linked, and the links of before stay. "
            "Install the extra 'linkage', or leave 'probabilistic' off."
        ) from None
    with warehouse.in_memory() as connection:
        api = DuckDBAPI(connection=connection)
        linker = Linker(api.register(found), _settings(), log_level=logging.ERROR)
        pairs = linker.inference.predict(threshold_match_probability=threshold).as_duckdbpyrelation()
        return pairs.project("unique_id_l as one, unique_id_r as other").order("one, other").to_arrow_table()


def _settings() -> dict[str, Any]:
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "unique_id",
        "probability_two_random_records_match": _PRIOR,
        "blocking_rules_to_generate_predictions": [f"l.{scheme} = r.{scheme}" for scheme in SUPPORTING],
        "comparisons": [_comparison(name, levels) for name, levels in _LEVELS.items()],
        "retain_matching_columns": False,
        "retain_intermediate_calculation_columns": False,
    }


def _comparison(name: str, levels: tuple[tuple[str, float, float], ...]) -> dict[str, Any]:
    missing = _MISSING.get(name, f"{name}_l is null or {name}_r is null")
    return {
        "output_column_name": name,
        "comparison_levels": [
            {"sql_condition": missing, "label_for_charts": "not known", "is_null_level": True},
            *(
                {"sql_condition": condition, "label_for_charts": condition, "m_probability": m, "u_probability": u}
                for condition, m, u in levels
            ),
        ],
    }
