"""Every decision and every spend of privacy allowance: append-only, chained with a key, never in DuckDB."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, func, insert, select

from lantern import secret
from lantern.errors import LedgerRefused, ReleaseRefused
from lantern.home import Home
from lantern.partnership import Partnership
from lantern.privacy.plan import Plan
from lantern.release.anchor import Anchor
from lantern.release.approval import check_approval, check_approver, check_not_refused
from lantern.release.chain import Chain
from lantern.release.charge import check_charges, check_revision, check_rows, check_years, unit_of
from lantern.release.entry import Entry, answer_of, cost_of, last_decision, publication_of, withdrawal_of
from lantern.release.ledger_store import LedgerStore

_ENTRY = Table(
    "entry",
    MetaData(),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("kind", String, nullable=False),
    Column("period", String, nullable=False),
    Column("plan_digest", String, nullable=False),
    Column("request_digest", String, nullable=False),
    Column("micro", Integer, nullable=False),
    Column("body", String, nullable=False),
    Column("at", String, nullable=False),
    Column("mac", String, nullable=False),
)


class Ledger:
    """
    The ledger of one partnership, in a store of its own.

    Every use first verifies the whole chain: a ledger that was edited, cut or
    reordered answers nothing and permits nothing.
    """

    def __init__(self, home: Home, partnership: Partnership) -> None:
        self._partnership = partnership
        self._chain = Chain(secret.key(home, "ledger"), partnership.name)
        self._anchor = Anchor(home)
        self._store = LedgerStore(home)
        self._head: Entry | None = None
        self._store.migrate()
        self.entries()  # one that does not hold together is found when it is opened, whatever comes next

    @property
    def place(self) -> str:
        """Where it is, for people; never with a password."""
        return self._store.place

    def close(self) -> None:
        """Let go of the store."""
        self._store.close()

    def entries(self) -> list[Entry]:
        """All lines, oldest first, verified."""
        with self._writing() as (_, known):
            return known

    def verify_against(self, head: str) -> None:
        """
        Check that the ledger holds a head that was kept elsewhere.

        Raises:
            LedgerRefused: it is an older copy, or another ledger.
        """
        self._anchor.check_against([each.mac for each in self.entries()], head)

    def decide(
        self, *, period: str, plan_digest: str, approved: bool, by: str, reason: str, revision: int = 0
    ) -> Entry:
        """
        Record that a named person approved or refused one plan.

        Raises:
            ReleaseRefused: the person is not one of the partnership's approvers, gave no reason, or the period may not
                be revised.
        """
        check_approver(self._partnership, period, by)
        if not reason.strip():
            raise ReleaseRefused(
                f"{self._partnership.name} {period}: no reason was given. Nothing was recorded. Say why."
            )
        with self._writing() as (connection, known):
            if approved:  # no count of revisions keeps anybody from stopping one
                check_revision(self._partnership, known, period, revision)
            return self._append(
                connection,
                known,
                kind="approve" if approved else "refuse",
                period=period,
                plan_digest=plan_digest,
                body={"by": by, "reason": reason.strip(), "revision": revision},
            )

    def decision(self, plan_digest: str) -> Entry | None:
        """The last decision on this very plan; None if nobody decided."""
        return last_decision(self.entries(), plan_digest)

    def spend(
        self,
        *,
        period: str,
        plan_digest: str,
        request_digest: str,
        charges: Mapping[str, int],
        revision: int = 0,
        rows_digest: str = "",
    ) -> Entry:
        """
        Charge a release to the allowance, durably, before anything is drawn.

        One transaction checks the approval and every run of four quarters the period is in,
        and writes the charge. A crash afterwards loses allowance, never privacy; one approval
        pays for one spend.

        Args:
            period: The quarter.
            plan_digest: Of the approved plan.
            request_digest: Of the plan and what it is asked of.
            charges: Part name to micro-units: what the part costs any one person at most over any four quarters.
            revision: 0 for the first release.
            rows_digest: Keyed, of the rows alone; a revision of the same rows is refused by it.

        Raises:
            ReleaseRefused: this plan is not approved, its approval is used, the period was drawn, or may not be revised.
            BudgetExhausted: some run of four quarters would cost more than the year's promise.
        """
        check_charges(self._partnership, period, charges)
        with self._writing() as (connection, known):
            check_approval(self._partnership, known, period, plan_digest, revision)
            check_revision(self._partnership, known, period, revision)
            check_rows(self._partnership, known, period, revision, rows_digest)
            check_years(self._partnership, known, period, charges)
            return self._append(
                connection,
                known,
                kind="spend",
                period=period,
                plan_digest=plan_digest,
                request_digest=request_digest,
                micro=cost_of(charges),
                body={
                    "charges": dict(charges),
                    "unit": unit_of(self._partnership),
                    "promised": self._partnership.privacy.micro_per_year,
                    "revision": revision,
                    "rows_digest": rows_digest,
                },
            )

    def keep_answer(self, *, spend: Entry, plan: Plan, answers: Mapping[str, list[int]], publish_at: str = "") -> Entry:
        """
        Keep the noised sums of a request with the plan they were drawn by, so that asking again costs nothing.

        With them is kept the instant before which they are not shown, if there is one.

        Raises:
            ReleaseRefused: another run has drawn this quarter meanwhile; its answer is the one that stays.
        """
        with self._writing() as (connection, known):
            if spend not in known:
                raise LedgerRefused(f"{self._partnership.name} {spend.period}: it was not paid for. Nothing was kept.")
            if answer_of(known, spend.period, spend.revision) is not None:
                raise ReleaseRefused(
                    f"{self._partnership.name} {spend.period}: another run has drawn it meanwhile. What this one drew was "
                    f"thrown away unseen. Run 'lantern release {spend.period}' again; it costs nothing."
                )
            return self._append(
                connection,
                known,
                kind="answer",
                period=spend.period,
                plan_digest=spend.plan_digest,
                request_digest=spend.request_digest,
                body={"revision": spend.revision, "plan": plan.text, "answers": dict(answers)}
                | ({"publish_at": publish_at} if publish_at else {}),
            )

    def publish(self, *, answer: Entry, release_id: str, published_on: str, folder_digest: str) -> Entry:
        """
        Record once that a release was published from a kept answer, and the digest of its folder.

        Raises:
            LedgerRefused: it was published as another folder, or was not drawn.
            ReleaseRefused: its plan was refused while its folder was being made.
        """
        with self._writing() as (connection, known):
            done = publication_of(known, answer.period, answer.revision)
            if done is not None and done.body["folder_digest"] != folder_digest:
                raise LedgerRefused(
                    f"{self._partnership.name} {answer.period}: it was published as another folder than this one. Nothing was "
                    "recorded. Restore the folder from its backup."
                )
            if done is not None:
                return done
            if answer not in known:
                raise LedgerRefused(
                    f"{self._partnership.name} {answer.period}: it was not drawn. It was not published."
                )
            check_not_refused(self._partnership, known, answer)
            return self._append(
                connection,
                known,
                kind="publish",
                period=answer.period,
                plan_digest=answer.plan_digest,
                request_digest=answer.request_digest,
                body={
                    "release_id": release_id,
                    "published_on": published_on,
                    "folder_digest": folder_digest,
                    "revision": answer.revision,
                },
            )

    def withdraw(self, *, period: str, by: str, reason: str, withdrawn_on: str) -> Entry:
        """
        Record once that a period's newest publication was taken back; what was spent stays spent.

        Raises:
            ReleaseRefused: the person is not one of the partnership's approvers, or nothing is published.
        """
        check_approver(self._partnership, period, by)
        with self._writing() as (connection, known):
            done = publication_of(known, period)
            if done is None:
                raise ReleaseRefused(
                    f"{self._partnership.name} {period}: it is not published. Nothing was recorded. What was drawn and is not "
                    f"to be shown is stopped by 'lantern approve {period} --refuse'."
                )
            if (before := withdrawal_of(known, done)) is not None:
                return before
            return self._append(
                connection,
                known,
                kind="withdraw",
                period=period,
                plan_digest=done.plan_digest,
                request_digest=done.request_digest,
                body={
                    "release_id": done.body["release_id"],
                    "withdrawn_on": withdrawn_on,
                    "by": by,
                    "reason": reason,
                    "revision": done.revision,
                },
            )

    @contextmanager
    def _writing(self) -> Iterator[tuple[Connection, list[Entry]]]:
        self._head = None
        with self._store.writing() as connection:
            rows = connection.execute(select(_ENTRY).order_by(_ENTRY.c.seq)).mappings()
            known = self._chain.verified(rows)
            self._anchor.check([each.mac for each in known])
            yield connection, known
        # After the commit: an anchor behind its ledger is safe, one ahead of it is not.
        if self._head is not None:
            self._anchor.drop(self._head.seq, self._head.mac)

    def _append(
        self,
        connection: Connection,
        known: Sequence[Entry],
        *,
        kind: str,
        period: str,
        plan_digest: str,
        body: dict[str, Any],
        request_digest: str = "",
        micro: int = 0,
    ) -> Entry:
        values: dict[str, Any] = {
            "seq": len(known) + 1,
            "kind": kind,
            "period": period,
            "plan_digest": plan_digest,
            "request_digest": request_digest,
            "micro": micro,
            "body": json.dumps(body, sort_keys=True),
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        values["mac"] = self._chain.mark(known[-1].mac if known else self._chain.start, values)
        connection.execute(insert(_ENTRY).values(values))
        assert connection.execute(select(func.count()).select_from(_ENTRY)).scalar() == values["seq"]
        self._head = Entry(**(values | {"body": body}))
        return self._head
