"""
Every refusal Lantern can make, and the exit code each one gives.

    LanternError                    1   something this program did not expect
     ├─ ConfigRefused              10   a partnership file, a secret or an option is not usable
     ├─ DeliveryRefused            11   a delivery, or a partner's own file, is not what was agreed
     ├─ ContractBroken             12   a table inside the hub is not what its contract says
     ├─ BudgetExhausted            13   the year's privacy allowance does not cover what was asked
     ├─ ReleaseRefused             14   a release may not be made: not approved, not due, altered
     ├─ StoreBusy                  15   another process holds the store; nothing was lost
     │   └─ InboxUnreachable       15   a partner's own inbox does not answer; nothing was lost
     └─ LedgerRefused              16   the ledger is tampered with or unreadable

A message says, in order: where, what was refused, what was found and expected, what did
not happen, what to do. It may hold names from configuration, column names, rule names
and counts; never a value from a row.
"""

from typing import ClassVar


class LanternError(Exception):
    """Any refusal of ours. `exit_code` is what the command line returns."""

    exit_code: ClassVar[int] = 1


class ConfigRefused(LanternError):
    """A partnership file, a secret or an option cannot be used as it stands."""

    exit_code = 10


class DeliveryRefused(LanternError):
    """A delivery, or a source file at the partner, is not what was agreed."""

    exit_code = 11


class ContractBroken(LanternError):
    """A table inside the hub does not keep its own contract."""

    exit_code = 12


class BudgetExhausted(LanternError):
    """The privacy allowance does not cover the request; nothing was drawn."""

    exit_code = 13


class ReleaseRefused(LanternError):
    """A release may not be made: not approved, not due, or altered since."""

    exit_code = 14


class StoreBusy(LanternError):
    """Another process holds the store's one writer's place; try again later."""

    exit_code = 15


class InboxUnreachable(StoreBusy):
    """A partner's own inbox does not answer; what waits there stays there. Try again later."""


class LedgerRefused(LanternError):
    """The ledger does not verify; no release is made until a person has looked."""

    exit_code = 16


def kind_and_place(error: BaseException) -> str:
    """
    What an error that is none of ours may be called: its class, and the function and line it came from.

    Privacy: never its own words, which can quote a row.
    """
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    code = trace.tb_frame.f_code if trace else None
    where = f"{code.co_qualname}:{trace.tb_lineno}" if code and trace else "an unknown place"
    return f"unexpected {type(error).__name__} at {where}"
