"""The priority of a contact, from columns that a council adds to the Standard Safeguarding Dataset."""

from lantern.partner import table
from lantern.partner.instant import DateReader, UnusableError, When
from lantern.partner.outcome import known

Given = tuple[str, When, dict[str, str]]
"""An event type, when, and its cells."""


def given(row: table.Row, received: When, dates: DateReader, left_out: list[str]) -> list[Given]:
    """
    The priority given at receipt and the one it was changed to.

    What cannot be used is named in `left_out`: a column of the council's own never costs the contact.
    """
    now, first = _priority(row["x_cont_priority"], left_out), _priority(row["x_cont_priority_first"], left_out)
    changed = _changed(row["x_cont_priority_changed_dttm"], dates, left_out)
    if changed and changed.day < received.day:
        left_out.append("priority_change_before_receipt")
        changed = None
    made: list[Given] = []
    # With a change whose day cannot be used, what was there at receipt is not known.
    if first or (now and not row["x_cont_priority_changed_dttm"]):
        made.append(("PRIORITY_SET", received, {"priority": first or now}))
    if now and now != first and changed:
        made.append(("PRIORITY_CHANGED", changed, {"priority": now} | ({"priority_prev": first} if first else {})))
    elif first and now and now != first and not row["x_cont_priority_changed_dttm"]:
        left_out.append("priority_change_date_missing")
    return made


def _priority(text: str, left_out: list[str]) -> str:
    code = text.strip().lower()
    if code and code not in known("priority"):
        left_out.append("priority_unmapped")
        return ""
    return code


def _changed(text: str, dates: DateReader, left_out: list[str]) -> When | None:
    try:
        return dates.optional(text)
    except UnusableError:
        left_out.append("priority_change_date_unreadable")
        return None
