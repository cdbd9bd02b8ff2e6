"""What may pass between tasks: names, ids and counts; never a table, never a long text."""

import re
from typing import Any

from airflow.sdk.bases.xcom import BaseXCom

MAX_TEXT = 80
_NAME = re.compile(r"[A-Za-z0-9_.\-]*")


class PlainXCom(BaseXCom):
    """XCom that refuses whatever could carry a row: floats, bytes, long or free text, deep nesting."""

    @staticmethod
    def serialize_value(value: Any, **about: Any) -> Any:
        """Store a plain value, or refuse it by its type alone."""
        _refuse_rich(value, depth=0)
        return BaseXCom.serialize_value(value, **about)


def _refuse_rich(value: Any, depth: int) -> None:
    if value is None or isinstance(value, bool | int):
        return
    if isinstance(value, str) and len(value) <= MAX_TEXT and _NAME.fullmatch(value):
        return
    if isinstance(value, list | tuple) and depth < 2:  # noqa: PLR2004
        for each in value:
            _refuse_rich(each, depth + 1)
        return
    if isinstance(value, dict) and depth < 2:  # noqa: PLR2004
        for name, each in value.items():
            _refuse_rich(name, depth + 1)
            _refuse_rich(each, depth + 1)
        return
    raise TypeError(f"XCom: a {type(value).__name__} may not pass between tasks. Return names, ids and counts.")
