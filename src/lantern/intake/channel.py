"""How a partner's own inbox is reached: a folder, S3 or SFTP, the last two through Airflow's object storage."""

import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lantern.errors import ConfigRefused, InboxUnreachable, LanternError
from lantern.home import Home
from lantern.intake.store import Entry, Folder, ObjectStore, Store
from lantern.partnership import Partner

_CHUNK = 1024 * 1024
_CONNECT_SECONDS = 20
_READ_SECONDS = 60
# What these libraries say at INFO holds hosts, accounts and paths, and would stand between lines of ours.
_TALKATIVE = ("asyncssh", "airflow.providers.amazon", "aiobotocore", "botocore", "s3fs")
_HOST_KEY = re.compile(r"[a-z0-9@.-]+ [A-Za-z0-9+/=]+")


class Channel:
    """
    One partner's inbox, opened.

    A library's own words can hold a host, an account or a sender's file name: each trouble is
    told in ours.
    """

    def __init__(self, partner: str, store: Store) -> None:
        self._partner = partner
        self._store = store

    def entries(self, folder: str = "") -> list[Entry]:
        """What a folder holds, by name, afresh from the store."""
        with _told(self._partner):
            return sorted(self._store.entries(folder), key=lambda each: each.name)

    def chunks(self, folder: str, name: str) -> Iterator[bytes]:
        """The bytes of a file, a piece at a time, however long it says it is."""
        with _told(self._partner), self._store.open(folder, name) as stream:
            while chunk := stream.read(_CHUNK):
                yield chunk

    def write(self, folder: str, name: str, content: bytes) -> None:
        """Put a file of ours into a folder of the inbox."""
        with _told(self._partner):
            self._store.write(folder, name, content)

    def remove(self, folder: str, names: list[str]) -> None:
        """Remove these files in this order, then the folder if nothing else is in it."""
        with _told(self._partner):
            self._store.remove(folder, names)


def opened(home: Home, partner: Partner) -> Channel:
    """
    Open the inbox a partnership's file names for a partner.

    Raises:
        ConfigRefused: no such connection, or one without an account or the server's host key;
            an account the server does not let in.
        InboxUnreachable: the server does not answer.
    """
    url = urlsplit(partner.inbox or "")
    host = url.netloc.rpartition("@")[2]  # or bucket: as it is written, for `hostname` is in small letters
    with _told(partner.name):
        if url.scheme == "file":
            return Channel(partner.name, Folder(Path(url.path)))
        for name in _TALKATIVE:
            logging.getLogger(name).setLevel(logging.WARNING)
        # Read when Airflow is imported, outside a task: its home is not the user's own, nor its chatter ours.
        os.environ.setdefault("AIRFLOW_HOME", str(home.airflow))
        os.environ.setdefault("AIRFLOW__LOGGING__LOGGING_LEVEL", "ERROR")
        from airflow.sdk import Connection
        from airflow.sdk.io import get_fs

        connection = Connection.get(url.username or "")
        options = (_s3_options if url.scheme == "s3" else _sftp_options)(partner.name, host, connection)
        files = get_fs(url.scheme, url.username, options)
        root = f"{host}{url.path}" if url.scheme == "s3" else url.path
        return Channel(partner.name, ObjectStore(files, root.rstrip("/"), is_s3=url.scheme == "s3"))


def _s3_options(partner: str, _: str, connection: Any) -> dict[str, Any]:
    if not (connection.login and connection.password):
        # Without them the library would try none, or ask the machine's cloud for some.
        raise ConfigRefused(_trouble(partner, "its Airflow connection has no access key and secret"))
    return {"connect_timeout": _CONNECT_SECONDS, "read_timeout": _READ_SECONDS, "retries": {"max_attempts": 2}}


def _sftp_options(partner: str, host: str, connection: Any) -> dict[str, Any]:
    more = connection.extra_dejson
    if connection.host != host:
        raise ConfigRefused(_trouble(partner, "its Airflow connection leads to another host than partnerships/*.toml"))
    if not (connection.login and (connection.password or more.get("key_file"))):
        raise ConfigRefused(_trouble(partner, "its Airflow connection has no login with a password or 'key_file'"))
    options: dict[str, Any] = {
        # What this machine's user has set up for himself is not part of the connection.
        "config": None,
        "agent_path": None,
        "connect_timeout": _CONNECT_SECONDS,
        "login_timeout": _CONNECT_SECONDS,
        "keepalive_interval": _CONNECT_SECONDS,
        "skip_instance_cache": True,
        # A name that is not UTF-8 must not end the whole listing.
        "sftp_client_kwargs": {"path_errors": "surrogateescape"},
    }
    if not more.get("key_file"):
        options["client_keys"] = None
    # Left alone, the provider checks no host key at all.
    if str(more.get("no_host_key_check", "")).lower() != "true":
        host_key = str(more.get("host_key", "")).strip()
        if not _HOST_KEY.fullmatch(host_key):
            raise ConfigRefused(
                _trouble(partner, "its Airflow connection has no 'host_key' ('ssh-ed25519 AAAA...') in its extra")
            )
        options["known_hosts"] = f"* {host_key}\n".encode()
    return options


_WORDS = {
    "AirflowNotFoundException": "the Airflow connection it names does not exist",
    "FileNotFoundError": "its folder or bucket, or the connection's key file, does not exist",
    "HostKeyNotVerifiable": "the server's host key is not the one in the connection",
    "KeyEncryptionError": "the connection's key file cannot be read without a passphrase",
    "KeyImportError": "the connection's key file is not a private key",
    "NotADirectoryError": "its folder is not a folder",
    "PermissionError": "the server does not let the connection's account in, or not do this",
    "SFTPPermissionDenied": "the server does not let the connection's account do this",
}
"""By the name of the library's error, so that no library is imported for it."""


@contextmanager
def _told(partner: str) -> Iterator[None]:
    try:
        yield
    except LanternError:
        raise
    except Exception as error:  # noqa: BLE001  # whatever a library raises, its text stays here
        kind = type(error).__name__
        if kind in _WORDS:
            raise ConfigRefused(_trouble(partner, _WORDS[kind])) from None
        raise InboxUnreachable(
            f"inbox of {partner}: it does not answer as it should ({kind}). What lies there stays there. "
            "It is tried again with the next intake; if that fails too, ask the partner whether the server is up."
        ) from None


def _trouble(partner: str, what: str) -> str:
    return (
        f"inbox of {partner}: {what}. What lies there stays there. "
        f"Mend the connection, or 'inbox' in partnerships/*.toml; docs/production.md shows both."
    )
