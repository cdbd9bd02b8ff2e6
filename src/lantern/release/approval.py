"""Who may decide on a plan, and whether a decision still permits a spend."""

from collections.abc import Sequence

from lantern.errors import ReleaseRefused
from lantern.partnership import Partnership
from lantern.release.entry import Entry, answer_of, last_decision


def check_approver(partnership: Partnership, period: str, by: str) -> None:
    """
    Refuse a name that is not an approver's.

    Raises:
        ReleaseRefused: nothing is recorded.
    """
    if by not in partnership.release.approvers:
        raise ReleaseRefused(
            f"{partnership.name} {period}: the name given is not an approver. Nothing was recorded. "
            f"Approvers are listed under [release] in partnerships/{partnership.name}.toml."
        )


def check_approval(
    partnership: Partnership, known: Sequence[Entry], period: str, plan_digest: str, revision: int
) -> None:
    """
    Refuse a spend that no approval permits: one approval pays for one spend, and a quarter is drawn once.

    Raises:
        ReleaseRefused: this plan is not approved, its approval is used, or the period was drawn.
    """
    where, command = f"{partnership.name} {period}", f"{period} --revise" if revision else period
    if answer_of(known, period, revision) is not None:
        raise ReleaseRefused(
            f"{where}: it has been drawn already. Nothing was spent. Run 'lantern release {command}' again."
        )
    decided = last_decision(known, plan_digest)
    if decided is None or decided.kind != "approve":
        raise ReleaseRefused(
            f"{where}: this plan has not been approved, or was altered since. "
            f"Nothing was spent. Look at 'lantern plan {period}', then 'lantern approve {command}'."
        )
    if any(each.kind == "spend" and each.period == period and each.seq > decided.seq for each in known):
        raise ReleaseRefused(
            f"{where}: its approval has been used by a run that ended before anything was drawn. Nothing more was "
            f"spent. Approve it once more, knowing that it costs again: 'lantern approve {command}'."
        )
