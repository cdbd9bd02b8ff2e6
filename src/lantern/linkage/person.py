"""Decides which records of all partners are one person, by exact agreement of tokens."""

import numpy as np
import pyarrow as pa
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from lantern import warehouse
from lantern.home import Home

# Strongest first: a number given to one person for life, then what people are called and where
# they live. The last three descriptive tokens are kept for a later, weaker step.
PRECEDENCE = ("token_nhs", "token_upn", "token_ndp1")
_ONE_EACH = ("token_nhs", "token_upn")
MOST_RECORDS_OF_ONE_NAME = 20
"""
How many records may hold one `token_ndp1` (name, birth date, postcode) for it to join any.

A child has a record or two at each of a handful of partners. What more records hold is a placeholder, such as
`Baby Unknown` of 1 January at the address of a shelter. A public number, chosen without looking at the data.
"""

# Each token as the newest delivery that knows it has it: a slip put right is forgotten, and a census, which has no
# NHS numbers, takes none away. Within one delivery the person's latest event tells, and the rest makes it definite.
_NEWEST = ", ".join(
    f"max_by({token}, (snapshot_on, delivery_id, event_on, {token})) as {token}" for token in PRECEDENCE
)
_IDENTITIES = f"""
    select local_person_key, {_NEWEST}
    from raw.partner_event
    inner join raw.delivery using (delivery_id)
    group by local_person_key
    order by local_person_key
"""


def link(home: Home) -> int:
    """
    Rebuild `linkage.person_link`: one row per partner's own record of a person.

    Columns: `local_person_key`; `person_key`, the same for all records of one person;
    `link_basis`, the weakest token that joined the record's person, or `alone`. No nulls.

    Returns:
        How many persons there are.

    Privacy: the person found here is the one whose presence is hidden. A person left in m
        pieces is m times the distance, so m squared times the rho: 4 times for two pieces.
    """
    with warehouse.opened(home) as connection:
        identities = connection.execute(_IDENTITIES).to_arrow_table()
        links = resolve(identities)
        connection.register("found", links)
        connection.execute("begin")
        connection.execute("create schema if not exists linkage")
        connection.execute(
            "create or replace table linkage.person_link as select * from found order by local_person_key"
        )
        connection.execute("commit")
    return len(links["person_key"].unique())


def resolve(identities: pa.Table) -> pa.Table:
    """
    Join records that share a token, in order of precedence, refusing doubtful joins.

    A weaker token joins nothing in a group where it would put two different NHS numbers, or
    two different UPNs, into one person: there it is a twin, a typing slip or a shared
    address, and the records stay as the stronger tokens left them. Nor does a `token_ndp1`
    that more than `MOST_RECORDS_OF_ONE_NAME` records hold join anybody.

    Args:
        identities: One row per record, ordered by `local_person_key`; each token null or text.

    Returns:
        `local_person_key`, `person_key`, `link_basis`; the same for any order of arrival.
    """
    size = identities.num_rows
    person = np.arange(size)
    basis = np.full(size, "alone", dtype=object)
    for token in PRECEDENCE:
        codes = _codes(identities, token)
        joined = _join(person, codes if token in _ONE_EACH else _without_placeholders(codes))
        doubtful = _holding_two(joined, identities)
        person_after = np.where(doubtful[joined], person, joined)
        # A record's basis is the token that last enlarged its group.
        grew = np.bincount(person_after, minlength=size)[person_after] > np.bincount(person, minlength=size)[person]
        basis[grew] = token.removeprefix("token_")
        person = _first_member(person_after)
    local = identities["local_person_key"].combine_chunks()
    return pa.table(
        {
            "local_person_key": local,
            # Named after its first record, so that a rebuild gives the same key.
            "person_key": local.take(pa.array(person)),
            "link_basis": pa.array(basis.tolist(), pa.string()),
        }
    )


def _codes(identities: pa.Table, token: str) -> np.ndarray:
    """The token of each record as a small number; -1 where it has none."""
    encoded = identities[token].combine_chunks().dictionary_encode()
    return np.asarray(encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False))


def _without_placeholders(codes: np.ndarray) -> np.ndarray:
    """The same codes; -1 also where more records hold the token than one child can have."""
    held_by = np.bincount(codes[codes >= 0], minlength=1)
    return np.where((codes >= 0) & (held_by[codes] > MOST_RECORDS_OF_ONE_NAME), -1, codes)


def _join(person: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Groups after also joining all records with one token; each group is named by its first record."""
    size = len(person)
    has = codes >= 0
    # Each token is a node of its own, beside the records: an edge says "this record has it".
    rows = np.concatenate([np.arange(size), np.flatnonzero(has)])
    columns = np.concatenate([person, size + codes[has]])
    nodes = size + (int(codes.max(initial=-1)) + 1)
    graph = coo_array((np.ones(len(rows), dtype=np.int8), (rows, columns)), shape=(nodes, nodes))
    _, group = connected_components(graph, directed=False)
    return _first_member(group[:size])


def _first_member(group: np.ndarray) -> np.ndarray:
    _, first, inverse = np.unique(group, return_index=True, return_inverse=True)
    return np.asarray(first[inverse])


def _holding_two(group: np.ndarray, identities: pa.Table) -> np.ndarray:
    """For each group (by its first record's place): does it hold two NHS numbers or two UPNs?"""
    doubtful = np.zeros(len(group), dtype=bool)
    for token in _ONE_EACH:
        codes = _codes(identities, token)
        pairs = np.unique(np.stack([group[codes >= 0], codes[codes >= 0]]), axis=1)
        doubtful |= np.bincount(pairs[0].astype(np.int64), minlength=len(group)) > 1
    return doubtful
