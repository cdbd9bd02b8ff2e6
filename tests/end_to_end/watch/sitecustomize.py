"""Loaded by every Python process of a watched run: writes down each address it tries to reach."""

import os
import sys

_LOG = os.environ.get("SOCKET_WATCH_LOG")


def _watch(event: str, arguments: tuple) -> None:
    if event in ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"):
        where = arguments[0] if event.startswith("socket.get") else arguments[1]
        with open(_LOG, "a") as log:  # noqa: PTH123
            log.write(f"{os.getpid()} {event} {where!r} {os.path.basename(sys.argv[0] or '')}\n")  # noqa: PTH119


if _LOG:
    sys.addaudithook(_watch)
