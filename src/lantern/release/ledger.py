"""Every decision and every spend of privacy allowance: append-only, chained with a key, never in DuckDB."""

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    event,
    func,
    insert,
    select,
)
from sqlalchemy.exc import DatabaseError

from lantern import secret
from lantern.errors import BudgetExhausted, LedgerRefused, ReleaseRefused
from lantern.home import Home, private
from lantern.partnership import Partnership
from lantern.period import Quarter
from lantern.release.anchor import Anchor
from lantern.release.entry import Entry, answer_of, dearest_window, last_decision

_METADATA = MetaData()
_ENTRY = Table(
    "entry",
    _METADATA,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("kind", String, nullable=False),
    Column("period", String, nullable=False),
    Column("plan_digest", String, nullable=False),
    Column("request_digest", String, nullable=False),
    Column("micro_rho", Integer, nullable=False),
    Column("body", String, nullable=False),
    Column("at", String, nullable=False),
    Column("mac", String, nullable=False),
)
_CHAINED = tuple(column.name for column in _ENTRY.columns if column.name != "mac")


class Ledger:
    """
    The ledger of one partnership, in a file (or database) of its own.

    Every use first verifies the whole chain: a ledger that was edited, cut or
    reordered answers nothing and permits nothing.
    """

    def __init__(self, home: Home, partnership: Partnership) -> None:
        private(home.ledger.parent)
        self._partnership = partnership
        self._key = secret.key(home, "ledger")
        # A chain begins with its partnership's name: another's ledger does not fit in here.
        self._start = hmac.digest(self._key, partnership.name.encode(), hashlib.sha256).hex()
        self._anchor = Anchor(home)
        self._engine = create_engine(f"sqlite:///{home.ledger}", connect_args={"timeout": 30})
        # SQLite's driver would begin late and let two spenders read the same balance.
        event.listen(self._engine, "connect", _leave_transactions_to_us)
        event.listen(self._engine, "begin", _begin_immediate)
        with self._writing() as connection:
            _METADATA.create_all(connection)

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()

    def entries(self) -> list[Entry]:
        """All lines, oldest first, verified."""
        with self._writing() as connection:
            return self._verified(connection)

    def decide(self, *, period: str, plan_digest: str, approved: bool, by: str, reason: str) -> Entry:
        """
        Record that a named person approved or refused one plan.

        Raises:
            ReleaseRefused: the person is not one of the partnership's approvers, or gave no reason.
        """
        if by not in self._partnership.release.approvers:
            raise ReleaseRefused(
                f"{self._partnership.name} {period}: the name given is not an approver. Nothing was recorded. "
                f"Approvers are listed under [release] in partnerships/{self._partnership.name}.toml."
            )
        if not reason.strip():
            raise ReleaseRefused(
                f"{self._partnership.name} {period}: no reason was given. Nothing was recorded. Say why."
            )
        with self._writing() as connection:
            known = self._verified(connection)
            return self._append(
                connection,
                known,
                kind="approve" if approved else "refuse",
                period=period,
                plan_digest=plan_digest,
                body={"by": by, "reason": reason.strip()},
            )

    def decision(self, plan_digest: str) -> Entry | None:
        """The last decision on this very plan; None if nobody decided."""
        return last_decision(self.entries(), plan_digest)

    def spend(self, *, period: str, plan_digest: str, request_digest: str, micro_rho: int) -> Entry:
        """
        Charge a release to the allowance, durably, before anything is drawn.

        One transaction checks the approval and every run of four quarters the period is in,
        and writes the charge. A crash afterwards loses allowance, never privacy; one approval
        pays for one spend.

        Raises:
            ReleaseRefused: this plan is not approved, its approval is used, or the period was drawn.
            BudgetExhausted: some run of four quarters would cost more than the year's promise.
        """
        with self._writing() as connection:
            known = self._verified(connection)
            self._check_spend(known, period, plan_digest, micro_rho)
            most, window = dearest_window(known, Quarter.parse(period))
            allowed = self._partnership.privacy.micro_rho_per_year
            if most + micro_rho > allowed:
                raise BudgetExhausted(
                    f"{self._partnership.name} {period}: the plan costs {micro_rho:,} micro-rho, but {allowed - most:,} "
                    f"of {allowed:,} remain for the year from {window}. Nothing was drawn and nothing was spent. "
                    "Wait until that year has passed, or lower [privacy] micro_rho_per_quarter and plan again."
                )
            return self._append(
                connection,
                known,
                kind="spend",
                period=period,
                plan_digest=plan_digest,
                request_digest=request_digest,
                micro_rho=micro_rho,
            )

    def _check_spend(self, known: Sequence[Entry], period: str, plan_digest: str, micro_rho: int) -> None:
        where = f"{self._partnership.name} {period}"
        if micro_rho < 1:
            raise ReleaseRefused(
                f"{where}: a spend is at least 1 micro-rho; nothing is ever given back. Nothing was spent."
            )
        if answer_of(known, period) is not None:
            raise ReleaseRefused(
                f"{where}: it has been drawn already. Nothing was spent. Run 'lantern release {period}' again."
            )
        decided = last_decision(known, plan_digest)
        if decided is None or decided.kind != "approve":
            raise ReleaseRefused(
                f"{where}: this plan has not been approved, or was altered since. "
                f"Nothing was spent. Look at 'lantern plan {period}', then 'lantern approve {period}'."
            )
        if any(each.kind == "spend" and each.period == period and each.seq > decided.seq for each in known):
            raise ReleaseRefused(
                f"{where}: its approval has been used by a run that ended before anything was drawn. Nothing more was "
                f"spent. Approve it once more, knowing that it costs again: 'lantern approve {period}'."
            )

    def keep_answer(self, *, spend: Entry, meaning: str, answers: dict[str, list[int]]) -> Entry:
        """Keep the noised sums of a request, so that asking again gives the same and costs nothing."""
        with self._writing() as connection:
            known = self._verified(connection)
            return self._append(
                connection,
                known,
                kind="answer",
                period=spend.period,
                plan_digest=spend.plan_digest,
                request_digest=spend.request_digest,
                body={"meaning": meaning, "answers": answers},
            )

    def publish(self, *, answer: Entry, release_id: str, published_on: str, folder_digest: str) -> Entry:
        """Record that a release was published from a kept answer, and the digest of its folder."""
        with self._writing() as connection:
            known = self._verified(connection)
            return self._append(
                connection,
                known,
                kind="publish",
                period=answer.period,
                plan_digest=answer.plan_digest,
                request_digest=answer.request_digest,
                body={"release_id": release_id, "published_on": published_on, "folder_digest": folder_digest},
            )

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        try:
            with self._engine.begin() as connection:
                self._head: Entry | None = None
                yield connection
            # After the commit: an anchor behind its ledger is safe, one ahead of it is not.
            if self._head is not None:
                self._anchor.drop(self._head.seq, self._head.mac)
        except DatabaseError:
            raise LedgerRefused(
                f"{self._partnership.name}, ledger: it cannot be read or written. Nothing was spent or released. "
                "If another release is running, wait; else restore the ledger from its own backup."
            ) from None

    def _verified(self, connection: Connection) -> list[Entry]:
        previous, found = self._start, []
        for place, row in enumerate(connection.execute(select(_ENTRY).order_by(_ENTRY.c.seq)).mappings()):
            if row["seq"] != place + 1 or not hmac.compare_digest(row["mac"], self._mac(previous, row)):
                raise LedgerRefused(
                    f"{self._partnership.name}, ledger: line {place + 1} is not what was written. Nothing was spent or "
                    "released. Keep the file as it is, and restore the ledger from its own backup."
                )
            previous = row["mac"]
            found.append(_entry(row))
        if not self._anchor.is_held_by([each.mac for each in found]):
            raise LedgerRefused(
                f"{self._partnership.name}, ledger: it is older than what has been published or spent. Nothing was spent or "
                "released. Restore the newest copy of the ledger, not an earlier one."
            )
        return found

    def _append(
        self,
        connection: Connection,
        known: Sequence[Entry],
        *,
        kind: str,
        period: str,
        plan_digest: str,
        request_digest: str = "",
        micro_rho: int = 0,
        body: dict[str, Any] | None = None,
    ) -> Entry:
        values: dict[str, Any] = {
            "seq": len(known) + 1,
            "kind": kind,
            "period": period,
            "plan_digest": plan_digest,
            "request_digest": request_digest,
            "micro_rho": micro_rho,
            "body": json.dumps(body or {}, sort_keys=True),
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        values["mac"] = self._mac(known[-1].mac if known else self._start, values)
        connection.execute(insert(_ENTRY).values(values))
        assert connection.execute(select(func.count()).select_from(_ENTRY)).scalar() == values["seq"]
        self._head = Entry(**(values | {"body": body or {}}))
        return self._head

    def _mac(self, previous: str, values: Mapping[Any, Any]) -> str:
        text = json.dumps([previous, *(values[name] for name in _CHAINED)])
        return hmac.digest(self._key, text.encode(), hashlib.sha256).hex()


def _entry(row: Mapping[Any, Any]) -> Entry:
    values: dict[str, Any] = {str(name): row[name] for name in row}
    return Entry(**(values | {"body": json.loads(row["body"])}))


def _leave_transactions_to_us(connection: Any, _: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("pragma synchronous = full")
    cursor.close()


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("begin immediate")
