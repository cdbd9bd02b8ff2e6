"""Who may decide on a plan, and whether a decision still permits a spend."""

from collections.abc import Sequence

from lantern.errors import ReleaseRefused
from lantern.partnership import Partnership
from lantern.release.entry import Entry, answer_of, last_decision, publication_of


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
    if decided is None or not is_approved(known, plan_digest):
        raise ReleaseRefused(
            f"{where}: this plan has not been approved, or was altered since. "
            f"Nothing was spent. Look at 'lantern plan {period}', then 'lantern approve {command}'."
        )
    if any(each.kind == "spend" and each.period == period and each.seq > decided.seq for each in known):
        raise ReleaseRefused(
            f"{where}: its approval has been used by a run that ended before anything was drawn. Nothing more was "
            f"spent. Approve it once more, knowing that it costs again: 'lantern approve {command}'."
        )


def is_approved(known: Sequence[Entry], plan_digest: str) -> bool:
    """Whether the last word on this very plan is an approval."""
    decided = last_decision(known, plan_digest)
    return decided is not None and decided.kind == "approve"


def unpublished(known: Sequence[Entry], period: str, revision: int) -> Entry | None:
    """The noised sums that were drawn and are not published: what a refusal stops, whatever the plan would be today."""
    return None if publication_of(known, period, revision) else answer_of(known, period, revision)


def check_not_refused(partnership: Partnership, known: Sequence[Entry], answer: Entry) -> None:
    """
    Refuse to publish noised sums whose plan was refused after they were drawn.

    Raises:
        ReleaseRefused: nothing is published.
    """
    if not is_approved(known, answer.plan_digest):
        raise ReleaseRefused(
            f"{partnership.name} {answer.period}: its approver has refused it since. It was not published. If it is to be shown "
            f"after all, it is approved once more: 'lantern approve {answer.period}'."
        )
