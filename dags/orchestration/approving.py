"""Airflow's own human step for the approval of a quarter's plan: asks, and writes the answer into the ledger."""

import os
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import Param
from airflow.sdk.definitions.xcom_arg import XComArg
from airflow.sdk.exceptions import AirflowSkipException, TaskAwaitingInput
from airflow.sdk.execution_time.hitl import HITLUser

from lantern.errors import ReleaseRefused, StoreBusy
from lantern.partnership import Partnership
from orchestration.environment import NOBODY_IS_ASKED
from orchestration.naming import POOL, SOON
from orchestration.quiet import quiet
from orchestration.telling import tell

if TYPE_CHECKING:
    from lantern.release.entry import Entry

APPROVE, REJECT = "Approve", "Reject"

PATIENCE = timedelta(days=14)
"""How long a run waits for a person; the next run asks again."""

COURTESY = timedelta(days=1)
"""How long an approved quarter waits for others to be decided, so that quarters that are decided together come out in time's order."""

GLANCE = timedelta(seconds=int(os.environ.get("LANTERN_GLANCE_SECONDS", "300")))
"""How often a waiting step looks whether the ledger has a decision given by the command line meanwhile."""


class AskApprover(HITLOperator):
    """
    Ask for a decision on one quarter's plan, unless the ledger has one.

    Airflow only carries the answer: what counts is the ledger's line, under the name of the Airflow user who answered. The
    person must be one of the partnership's approvers. An answer that cannot be recorded is asked for once more.
    """

    template_fields: Collection[str] = ()

    def __init__(self, *, partnership: str, period: str, plan_digest: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.partnership = partnership
        self.period = period
        self.plan_digest = plan_digest

    @quiet
    def execute(self, context: Any) -> str:
        """Give the period if its plan is approved, else ask; a plan that was refused is skipped."""
        from lantern.cli.opened import opened_ledger
        from lantern.period import Quarter
        from lantern.release import briefing, planning

        with opened_ledger(self.partnership) as (home, found, ledger):
            decided = ledger.decision(self.plan_digest)
            seen = len(ledger.entries())
        if decided:
            return self._outcome(decided.kind)
        if os.environ.get(NOBODY_IS_ASKED):
            raise AirflowSkipException(f"{self.period}: nobody has decided. Run 'lantern approve {self.period}'.")
        period = Quarter.parse(self.period)
        plan = planning.plan_for(found, period, home=home)
        self.subject, self.body = briefing.subject(found, period), briefing.briefing(found, plan)
        return self._ask(context, plan.digest, seen)

    @quiet
    def execute_complete(self, context: Any, event: dict[str, Any], plan_digest: str = "", seen: int = 0) -> str:
        """Record an answer in the ledger; if there is none yet, look into the ledger and wait on."""
        if "error" in event:
            return self._look_again(context, plan_digest, seen)
        return self._record(context, event, plan_digest, seen)

    def _ask(self, context: Any, plan_digest: str, seen: int) -> str:
        try:
            super().execute(context)
        except TaskAwaitingInput as waiting:
            # The answer is recorded for the plan that was shown, not for what the plan has become.
            waiting.kwargs = {"plan_digest": plan_digest, "seen": seen}
            raise
        raise AssertionError("the step neither waited nor asked")

    def _look_again(self, context: Any, plan_digest: str, seen: int) -> str:
        from lantern.cli.opened import opened_ledger

        with opened_ledger(self.partnership) as (_, _, ledger):
            entries = ledger.entries()
        decisions = [
            each for each in entries[seen:] if each.kind in ("approve", "refuse") and each.period == self.period
        ]
        if decisions:
            return self._outcome(decisions[-1].kind)
        now, began = datetime.now(UTC), context["dag_run"].run_after
        if now - began > PATIENCE:
            raise AirflowSkipException(
                f"{self.period}: nobody decided in {PATIENCE.days} days. The next run asks again."
            )
        held_up = held_up_since(entries, self.period)
        if held_up and now - max(held_up, began) > COURTESY:
            raise AirflowSkipException(
                f"{self.period}: another quarter is approved and has waited for this one for a day. The next run asks again."
            )
        raise self._waiting(plan_digest, seen)

    def _record(self, context: Any, event: dict[str, Any], plan_digest: str, seen: int) -> str:
        from lantern.cli.opened import opened_ledger
        from lantern.period import Quarter
        from lantern.pipeline import release as pipeline

        try:
            with opened_ledger(self.partnership) as (home, found, ledger):
                entry = pipeline.approve(
                    home,
                    found,
                    ledger,
                    Quarter.parse(self.period),
                    by=name_of(event["responded_by_user"], found),
                    reason=str((event["params_input"] or {}).get("reason", "")),
                    approved=event["chosen_options"] == [APPROVE],
                    plan_digest=plan_digest,
                )
        except (ReleaseRefused, StoreBusy) as refusal:
            tell(f"{self.partnership} {self.period}: the answer was not recorded. {refusal}")
            if self._is_outdated(plan_digest):
                raise AirflowSkipException(
                    "the plan was altered while it was decided on; the next run asks again"
                ) from None
            return self._ask(context, plan_digest, seen)
        return self._outcome(entry.kind)

    def _is_outdated(self, plan_digest: str) -> bool:
        from lantern.home import Home
        from lantern.partnership import read_partnership
        from lantern.period import Quarter
        from lantern.release import planning

        home, found = Home.of(self.partnership), read_partnership(self.partnership)
        return planning.plan_for(found, Quarter.parse(self.period), home=home).digest != plan_digest

    def _outcome(self, kind: str) -> str:
        if kind == "refuse":
            raise AirflowSkipException(f"{self.period}: its plan was refused by an approver")
        return self.period

    def _waiting(self, plan_digest: str, seen: int) -> TaskAwaitingInput:
        kwargs = {"plan_digest": plan_digest, "seen": seen}
        return TaskAwaitingInput(method_name="execute_complete", kwargs=kwargs, timeout=self.response_timeout)


def held_up_since(entries: Sequence["Entry"], period: str) -> datetime | None:
    """When the newest approval of another quarter was given that is not drawn: a run draws once every quarter is decided."""
    from lantern.release.approval import is_approved

    drawn = {each.period for each in entries if each.kind == "answer"} | {period}
    approved = [each for each in entries if each.kind == "approve" and each.period not in drawn]
    waiting = [each for each in approved if is_approved(entries, each.plan_digest)]
    return datetime.fromisoformat(waiting[-1].at) if waiting else None


def name_of(user: dict[str, str] | None, partnership: Partnership) -> str:
    """The approver that an Airflow user is, by name; else the user's own name, which the ledger will refuse."""
    names = [user["name"], user["id"]] if user else []
    return next((name for name in names if name in partnership.release.approvers), *names[:1] or [""])


def ask_approvers(partnership: Partnership, plans: XComArg) -> XComArg:
    """One step for each due quarter, given as `period` and `plan_digest`; gives the periods whose plan is approved."""
    step = AskApprover.partial(
        task_id="ask_approver",
        partnership=partnership.name,
        subject="",
        options=[APPROVE, REJECT],
        # Empty at first: Airflow checks the field before the step runs. The ledger takes no empty reason.
        params={"reason": Param("", type="string", title="Why", description="In a sentence. Required.")},
        assigned_users=[HITLUser(id=name, name=name) for name in partnership.release.approvers],
        response_timeout=GLANCE,
        doc_md=AskApprover.__doc__,
        map_index_template="{{ task.period }}",
        pool=POOL,
        # An answer in the very second in which the step begins to wait is lost by Airflow's executor: it asks again.
        **SOON | {"retries": 10},
    ).expand_kwargs(plans)
    return step.output
