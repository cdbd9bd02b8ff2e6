"""The last look at a delivery before it is written: every cell as agreed, and no number of a person in it."""

import re

from lantern import contract
from lantern.errors import DeliveryRefused
from lantern.partner import identity

_COMPUTED = (*contract.KEYED, "extract_id")
_NHS_SHAPED = re.compile(r"(?<!\d)\d{3}[ \-]?\d{3}[ \-]?\d{4}(?!\d)")
_UPN_SHAPED = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]\d{11}[A-Za-z0-9](?![A-Za-z0-9])")


def check(columns: dict[str, list[str]]) -> None:
    """
    Refuse a delivery with a cell outside its contract.

    Args:
        columns: The cells of every column of the contract; '' is null.

    Raises:
        DeliveryRefused: naming the column, never the cell.

    Privacy: keyed columns hold HMACs and nothing else fits their pattern; every other column is
        also searched for what looks like, and checks as, an NHS number or a pupil number.
    """
    if tuple(columns) != contract.COLUMNS:
        raise DeliveryRefused("self-check: the columns are not those of the contract. Nothing was made.")
    for column in contract.FIELDS:
        cells = set(columns[column.name])
        if "" in cells:
            if column.required:
                raise _refusal(column.name, "an empty cell where one is required")
            cells.remove("")
        fits = re.compile(column.pattern).fullmatch
        if not all(fits(cell) for cell in cells):
            raise _refusal(column.name, "a cell that is not in the agreed form")
        if column.name not in _COMPUTED and any(_tells_a_number(cell) for cell in cells):
            raise _refusal(column.name, "what reads as an NHS number or a pupil number")


def _tells_a_number(cell: str) -> bool:
    return any(identity.valid_nhs(found) for found in _NHS_SHAPED.findall(cell)) or any(
        identity.valid_upn(found) for found in _UPN_SHAPED.findall(cell)
    )


def _refusal(column: str, what: str) -> DeliveryRefused:
    return DeliveryRefused(
        f"self-check: column '{column}' has {what}. Nothing was made. "
        "Do not send the file in any other way; tell the people who look after Lantern."
    )
