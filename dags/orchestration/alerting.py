"""Tells people that something is wrong, by e-mail or webhook: names and a page, no counts, no text of an error."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import task
from airflow.sdk.definitions.xcom_arg import XComArg

from lantern.home import Home
from lantern.partnership import Alerts, Partnership
from lantern.watching.announcement import News, remembered
from lantern.watching.finding import Finding
from orchestration.naming import POOL
from orchestration.quiet import quiet
from orchestration.telling import tell

LIMIT = timedelta(minutes=15)
"""For a look: the stores are opened, not read."""

_PATIENCE_SECONDS = 20


def told_of(partnership: Partnership) -> dict[str, Any]:
    """
    What every task of a partnership's DAGs is given, so that a step that failed for good is told of.

    A task's own callback, not the DAG's: it runs where the task ran, and there alone is the home.
    """

    def step_failed(context: Any) -> None:
        tell_failure(partnership, f"{context['ti'].dag_id}.{context['ti'].task_id}")

    return {"on_failure_callback": step_failed}


def look_at_hub(partnership: Partnership) -> XComArg:
    """
    One step: everything `lantern doctor` looks at.

    Also that a quarter waits too long for a decision. A deadline of the release DAG would tell it too, but Airflow 3.3.2 cannot
    run a DAG that has one by `dag.test`, as the demo does.
    """
    name = partnership.name

    # In the pool, although it only reads: a writer that starts meanwhile would be refused the warehouse.
    @task(pool=POOL, execution_timeout=LIMIT)
    @quiet
    def look() -> str:
        """Look at everything `lantern doctor` does and tell what is new of it. Run again, it tells nothing twice."""
        from lantern.watching import metric
        from lantern.watching.examination import examine, worst

        # A task is not let near Airflow's database; that it runs shows that it answers.
        findings = examine(name, leave_out="airflow-database")
        tell_news(partnership, findings)
        metric.write(Home.of(name), partnership, findings, datetime.now(UTC))
        return worst(findings)

    return look()


def tell_failure(partnership: Partnership, step: str) -> None:
    """Tell that a step failed, once a day; it never fails itself: the step's own failure is what counts."""
    try:
        with remembered(Home.of(partnership.name)) as known:
            news = known.failure(step, datetime.now(UTC))
            if news and send(partnership, news):
                known.mark(news)
    except Exception as trouble:  # noqa: BLE001  # whatever it is
        tell(f"{partnership.name}: the failure of {step} could not be told ({type(trouble).__name__})")


def tell_news(partnership: Partnership, findings: Sequence[Finding]) -> None:
    """Tell what is new among the findings; what could not be told is told at the next look."""
    with remembered(Home.of(partnership.name)) as known:
        news = known.news(findings, datetime.now(UTC))
        if news and send(partnership, news):
            known.mark(news)


def send(partnership: Partnership, news: News) -> bool:
    """By every way that is configured; whether any of them took it, or there is none. One that is dead stops no other."""
    ways = _ways(partnership.alerts, partnership.name, news)
    taken = [_taken(partnership.name, *way) for way in ways]
    return any(taken) or not ways


def _ways(alerts: Alerts, name: str, news: News) -> list[tuple[str, Any]]:
    ways: list[tuple[str, Any]] = []
    if alerts.email_connection:
        from airflow.providers.smtp.notifications.smtp import SmtpNotifier

        letter = SmtpNotifier(
            to=list(alerts.email_to),
            subject=news.subject(name),
            html_content=f"<pre>{news.text(name)}</pre>",
            smtp_conn_id=alerts.email_connection,
        )
        ways.append(("e-mail", letter))
    if alerts.webhook_connection:
        from airflow.providers.http.notifications.http import HttpNotifier

        call = HttpNotifier(
            http_conn_id=alerts.webhook_connection,
            json=news.as_dict(name),
            extra_options={"timeout": _PATIENCE_SECONDS},
        )
        ways.append(("webhook", call))
    return ways


def _taken(name: str, way: str, notifier: Any) -> bool:
    try:
        notifier.notify({})  # not called as Airflow would, which takes texts for templates
    except Exception as trouble:  # noqa: BLE001  # its text may hold an address or a password
        tell(f"{name}: an alarm could not be told by {way} ({type(trouble).__name__})")
        return False
    return True
