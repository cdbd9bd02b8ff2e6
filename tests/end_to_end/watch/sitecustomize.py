"""
Loaded by every Python process of a watched run: writes down each address it tries to reach, and each process it starts.

The logs lie beside this file, of which each run has a copy: a process may be given little of its parent's environment.
"""

import json
import os
import sys

_HERE = os.path.dirname(__file__)  # noqa: PTH120
_LOG = os.path.join(_HERE, "sockets.log")  # noqa: PTH118
_CHILDREN = os.path.join(_HERE, "children.jsonl")  # noqa: PTH118


def _watch(event: str, arguments: tuple) -> None:
    if event in ("subprocess.Popen", "os.exec", "os.posix_spawn"):
        environment = dict(arguments[-1] if arguments[-1] is not None else os.environ)
        line = {"words": list(map(os.fsdecode, arguments[1])), "environment": _text(environment)}
        with open(_CHILDREN, "a") as log:  # noqa: PTH123
            log.write(json.dumps(line) + "\n")
    if event in ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"):
        where = arguments[0] if event.startswith("socket.get") else arguments[1]
        with open(_LOG, "a") as log:  # noqa: PTH123
            log.write(f"{os.getpid()} {event} {where!r} {os.path.basename(sys.argv[0] or '')}\n")  # noqa: PTH119


def _text(environment: dict) -> dict:
    return {os.fsdecode(name): os.fsdecode(value) for name, value in environment.items()}


sys.addaudithook(_watch)
