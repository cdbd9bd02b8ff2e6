"""Which tables each step read and wrote, as OpenLineage events to a file or an address; off unless asked for."""

import os
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from lantern.home import PROJECT

if TYPE_CHECKING:
    from openlineage.client import OpenLineageClient

NAMED = "LANTERN_LINEAGE"
"""The variable that says where: a file's path, or an address that begins with http."""
_PATIENCE_SECONDS = 5
_PRODUCER = "urn:lantern-safeguarding"

Table = tuple[str, str]
"""A store and a table in it."""
State = Literal["START", "COMPLETE", "FAIL", "ABORT"]


@dataclass(frozen=True)
class Flow:
    """What a job reads and writes: names from the code and the configuration, the same whatever is in the tables."""

    job: str
    inputs: tuple[Table, ...]
    outputs: tuple[Table, ...]


def flow_of(step: str) -> Flow | None:
    """The flow of a command or a DAG's task, by its name; None if it moves no rows from store to store."""
    make = _FLOWS.get(step)
    return make() if make else None


class Run:
    """One run of a job, from its START to its end; without an address or a flow it tells nothing."""

    def __init__(self, partnership: str, step: str) -> None:
        self._partnership = partnership
        self._flow = flow_of(step) if os.environ.get(NAMED) else None
        self._id = str(uuid.uuid4())

    def tell(self, state: State) -> bool:
        """Emit one event; whether it was taken, or there was none to emit."""
        if self._flow is None:
            return True
        try:
            self._emit(self._flow, state)
        except Exception:  # noqa: BLE001  # a server that is down stops no intake; the journal says so
            return False
        return True

    def _emit(self, flow: Flow, state: State) -> None:
        from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, RunEvent, RunState
        from openlineage.client.event_v2 import Run as Told

        stores = f"lantern://{self._partnership}/"
        _client().emit(
            RunEvent(
                eventType=RunState[state],
                eventTime=datetime.now(UTC).isoformat(timespec="milliseconds"),
                run=Told(runId=self._id),
                job=Job(namespace=f"lantern.{self._partnership}", name=flow.job),
                producer=_PRODUCER,
                inputs=[InputDataset(stores + name, table) for name, table in flow.inputs],
                outputs=[OutputDataset(stores + name, table) for name, table in flow.outputs],
            )
        )


def _client() -> "OpenLineageClient":
    from openlineage.client import OpenLineageClient
    from openlineage.client.transport.file import FileConfig, FileTransport
    from openlineage.client.transport.http import HttpConfig, HttpTransport

    to = os.environ[NAMED]
    if to.startswith(("http://", "https://")):
        return OpenLineageClient(
            transport=HttpTransport(HttpConfig(url=to, timeout=_PATIENCE_SECONDS, retry={"total": 1}))
        )
    return OpenLineageClient(transport=FileTransport(FileConfig(log_file_path=to, append=True)))


def _intake() -> Flow:
    kept = tuple(("accepted", table) for table in ("partner_event", "delivery"))
    loaded = tuple(("warehouse", table) for table in ("raw.partner_event", "raw.delivery"))
    return Flow("intake", (("inbox", "delivery"),), (*kept, *loaded))


def _build() -> Flow:
    raw = tuple(("warehouse", table) for table in ("raw.partner_event", "raw.delivery"))
    marts = _models("marts")
    analysts = tuple(("analyst", table.split(".")[1]) for _, table in marts)
    return Flow("build", raw, (("warehouse", "linkage.person_link"), *marts, *_models("release_inputs"), *analysts))


def _release() -> Flow:
    written = (("ledger", "entry"), ("spent", "spend"), ("spent", "record"))
    shown = tuple(("released", table) for table in ("partnership", "release", "measure", "category", "cell"))
    return Flow("release", (*_models("release_inputs"), ("spent", "spend")), (*written, *shown))


def _models(schema: str) -> tuple[Table, ...]:
    files = sorted((PROJECT / "dbt_project" / "models" / schema).rglob("*.sql"))
    return tuple(("warehouse", f"{schema}.{path.stem}") for path in files)


_FLOWS: dict[str, Callable[[], Flow]] = {
    "intake": _intake,
    "load_accepted": _intake,
    "build": _build,
    "build_models": _build,
    "release": _release,
    "publish_approved": _release,
}
"""The commands, and the tasks that do the same under Airflow."""
