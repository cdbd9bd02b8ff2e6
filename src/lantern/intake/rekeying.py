"""The hub's own key on top of the partner's: after this, neither can trace a token alone."""

import numpy as np
import pyarrow as pa
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.hmac import HMAC

from lantern import contract

KEY_HEX_DIGITS = 32
"""128 bits of the HMAC are kept: no two of a country's people will meet, and joins stay quick."""

_ACROSS_PARTNERS = tuple(name for name in contract.KEYED if name.startswith("token_"))


def rekey(table: pa.Table, *, hub_key: bytes, partner: str) -> pa.Table:
    """
    Replace every pseudonym by HMAC-SHA-256 under the hub's key.

    Tokens keep meaning the same person across partners; all other keys are bound to
    the partner, so that two partners' records can never share one.

    Args:
        table: Events of one delivery; keyed columns are hex text, null where absent.
        hub_key: 32 bytes that never leave the hub.
        partner: The partner's name.

    Returns:
        The same table; keyed columns hold 32 hex digits.

    Privacy: the partner's own tokens are not kept anywhere.
    Source: `domain` notes on two-stage pseudonyms; RFC 2104 for HMAC.
    """
    for name in contract.KEYED:
        place = table.schema.get_field_index(name)
        encoded = table.column(name).combine_chunks().dictionary_encode()
        again = rekeyed(name, encoded, hub_key=hub_key, partner=partner)
        table = table.set_column(place, name, again.cast(pa.string()))
    return table


def rekeyed(name: str, keys: pa.DictionaryArray, *, hub_key: bytes, partner: str) -> pa.DictionaryArray:
    """
    One column under the hub's key; each distinct pseudonym is keyed once.

    A delivery repeats its persons in every column: of a million events with eleven filled key columns, one
    pseudonym in five is new. Keying all of them in DuckDB's SQL took six times as long.
    """
    kind = _kind(name)
    seed = HMAC(hub_key, hashes.SHA256())
    seed.update(f"hub|{kind if name in _ACROSS_PARTNERS else f'{partner}|{kind}'}|".encode())
    digests = []
    for value in keys.dictionary.cast(pa.binary()).to_pylist():
        mac = seed.copy()
        mac.update(value)
        digests.append(mac.finalize())
    return pa.DictionaryArray.from_arrays(keys.indices, _written(digests))


def _written(digests: list[bytes]) -> pa.StringArray:
    """The digests' first half as hexadecimal text, all at once."""
    whole = np.frombuffer(b"".join(digests), dtype=np.uint8).reshape(len(digests), hashes.SHA256.digest_size)
    half = whole[:, : KEY_HEX_DIGITS // 2]
    ends = np.arange(len(digests) + 1, dtype=np.int32) * KEY_HEX_DIGITS
    return pa.StringArray.from_buffers(
        len(digests), pa.py_buffer(ends), pa.py_buffer(half.tobytes().hex().encode("ascii"))
    )


def _kind(name: str) -> str:
    # An event key and what points at it must stay equal; so must a person's old and new key.
    return {
        "supersedes_event_key": "event_key",
        "parent_event_key": "event_key",
        "related_person_key": "local_person_key",
    }.get(name, name)
