"""
Who may open the board's pages, asked before each drawing of any of them.

In a demonstration that is whoever sits at this machine. Elsewhere it is whoever the partnership's own identity
provider signs in (OpenID Connect, by Streamlit's `st.login`) with a role on the list. What is set but not
usable lets nobody in.
"""

import hashlib
import ipaddress
import json
import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal
from urllib.parse import urlsplit

import streamlit as st

LOG = logging.getLogger("lantern.dashboard")
PREFIX = "LANTERN_OIDC_"
NEEDED = ("METADATA_URL", "CLIENT_ID", "CLIENT_SECRET_FILE", "COOKIE_SECRET_FILE", "ROLES")
"""Settings that are set together or not at all; with them goes LANTERN_DASHBOARD_URL."""
LONGEST = 12 * 60 * 60
"""Seconds after which one signs in anew, however long the provider lets its token live."""

Standing = Literal["reader", "signed_out", "expired", "not_listed", "closed"]

WORDS: dict[Standing, tuple[str, str]] = {
    "signed_out": ("Please sign in", "These pages are for the members of the board."),
    "expired": ("Please sign in again", "You were signed in for as long as is allowed at one time."),
    "not_listed": (
        "You are signed in, but not on the list",
        "Your account may not read these pages. To be put on the list, ask {contact}. Then sign out and in again.",
    ),
    "closed": (
        "These pages are not open here",
        "They are not set up to be read from this address. Ask {contact}.",
    ),
}
"""Heading and sentence of each page that a reader meets who may not read."""


class AccessRefused(Exception):
    """Settings of access that cannot be used; the message names settings and never what is in a secret."""


@dataclass(frozen=True)
class Access:
    """Where people sign in and which roles may read; paths of secrets, but no secret."""

    metadata_url: str
    client_id: str
    client_secret_file: str
    cookie_secret_file: str
    roles_claim: str
    roles: frozenset[str]
    scope: str
    url: str

    @classmethod
    def of(cls, settings: Mapping[str, str]) -> "Access | None":
        """
        Read the settings of an environment.

        Returns:
            The access they set, or None if they set none: a demonstration on this machine.

        Raises:
            AccessRefused: some are there and others are missing, or an address is not a safe one.
        """
        given = {name: value.strip() for name, value in settings.items() if name.startswith(PREFIX) and value.strip()}
        if not given:
            return None
        url = settings.get("LANTERN_DASHBOARD_URL", "").strip().rstrip("/")
        missing = [f"{PREFIX}{name}" for name in NEEDED if f"{PREFIX}{name}" not in given]
        missing += [] if url else ["LANTERN_DASHBOARD_URL"]
        if missing:
            raise AccessRefused(f"access to the board's pages: {' and '.join(missing)} not set. {_NOT_OPENED}")
        _check_address("LANTERN_DASHBOARD_URL", url, is_bare=True)
        _check_address(f"{PREFIX}METADATA_URL", given[f"{PREFIX}METADATA_URL"], is_bare=False)
        roles = frozenset(role.strip() for role in given[f"{PREFIX}ROLES"].split(",") if role.strip())
        if not roles:
            raise AccessRefused(f"access to the board's pages: {PREFIX}ROLES names no role. {_NOT_OPENED}")
        return cls(
            metadata_url=given[f"{PREFIX}METADATA_URL"],
            client_id=given[f"{PREFIX}CLIENT_ID"],
            client_secret_file=given[f"{PREFIX}CLIENT_SECRET_FILE"],
            cookie_secret_file=given[f"{PREFIX}COOKIE_SECRET_FILE"],
            roles_claim=given.get(f"{PREFIX}ROLES_CLAIM", "roles"),
            roles=roles,
            scope=given.get(f"{PREFIX}SCOPE", "openid profile"),
            url=url,
        )


_NOT_OPENED = "The pages were not opened. docs/operations/access.md lists what to set."


def _check_address(name: str, url: str, *, is_bare: bool) -> None:
    """Refuse an address that would carry a sign-in in clear over a network, or that has parts nobody reads."""
    parts = urlsplit(url)
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname))
    is_plain = bool(parts.hostname) and not parts.username and not parts.fragment
    if is_bare:
        is_plain = is_plain and not parts.path and not parts.query
    if not (is_safe and is_plain):
        raise AccessRefused(
            f"access to the board's pages: {name} is not an https address"
            f"{' of a host alone' if is_bare else ''}. {_NOT_OPENED}"
        )


def is_loopback(host: str | None) -> bool:
    """Whether a host name or address is this machine itself, as only its own users reach it."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address((host or "").strip("[]")).is_loopback
    except ValueError:
        return False


def standing(access: Access, claims: Mapping[str, Any], now: float) -> Standing:
    """
    Say whether someone may read at this moment.

    Args:
        access: Who may.
        claims: Those of the identity token, as `st.user` gives them: from a cookie that Streamlit has signed,
            but whose age it does not look at.
        now: Seconds since 1970.
    """
    if claims.get("is_logged_in") is not True:
        return "signed_out"
    ends, begun = claims.get("exp"), claims.get("iat")
    if not (_is_time(ends) and _is_time(begun) and now < ends and now < begun + LONGEST):
        return "expired"
    if login_of(claims) in _ended:
        return "signed_out"
    return "reader" if access.roles & set(_roles(claims, access.roles_claim)) else "not_listed"


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _roles(claims: Mapping[str, Any], claim: str) -> Iterator[str]:
    """Give the roles of a claim: by its whole name, or by a path such as `realm_access.roles`."""
    found: Any = claims
    for name in [claim] if claim in claims else claim.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    for role in [found] if isinstance(found, str) else found if isinstance(found, list | tuple) else ():
        if isinstance(role, str):
            yield role


_ended: dict[str, float] = {}
"""Sign-ins that were ended here, until their token would have run out: a copied cookie does not outlive them."""


def login_of(claims: Mapping[str, Any]) -> str:
    """Name one sign-in, without keeping whose it was."""
    parts = [str(claims.get(name)) for name in ("iss", "sub", "iat", "nonce")]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def gate() -> None:
    """
    Let a reader pass, or draw the page that says why not and end this run.

    It comes before anything that reads or names what is released, and again at each run: a reader who is let in
    once is asked again at the next click.
    """
    try:
        found = _standing_here()
    except Exception as failure:  # noqa: BLE001 - whatever it is, nobody is let in by it
        LOG.error("access to the pages cannot be decided: %s", type(failure).__name__)  # noqa: TRY400
        found = "closed"
    if found != "reader":
        _turn_away(found)
        st.stop()


def _standing_here() -> Standing:
    access = Access.of(os.environ)
    if access is None:
        return "reader" if _is_this_machine() else "closed"
    return standing(access, dict(st.user), time.time())


def asked_again() -> Callable[[], bool]:
    """Return what says later, on a click that draws no page, whether the reader of this page may still read."""
    access = Access.of(os.environ)
    return partial(may_still_read, access, dict(st.user) if access else {})


def may_still_read(access: Access | None, claims: Mapping[str, Any]) -> bool:
    """Whether someone who was let in with these claims would be let in now."""
    return access is None or standing(access, claims, time.time()) == "reader"


def _is_this_machine() -> bool:
    """Whether only this machine's own users can be asking: by where the server listens and what the browser was told."""
    address = st.get_option("server.address")
    headers = st.context.headers
    if not headers:  # no connection, so no one who asks: a test of one page
        return address is None or is_loopback(address)
    asked = [f"//{headers.get('Host', '')}", headers.get("Origin", "http://localhost")]
    return is_loopback(address) and all(is_loopback(urlsplit(each).hostname) for each in asked)


def _turn_away(found: Standing) -> None:
    import page  # here: server.py reads the settings above before there is a server, and page caches as it is imported

    heading, sentence = WORDS[found]
    contact = os.environ.get("LANTERN_DASHBOARD_CONTACT", "").strip() or "the officer who sent you this address"
    st.set_page_config(page_title=heading)
    st.html(page.STYLE)
    page.title(heading)
    page.text(sentence.format(contact=contact))
    if found in {"signed_out", "expired"}:
        st.button("Sign in", on_click=st.login, type="primary")
    if found == "not_listed":
        st.button("Sign out", on_click=_leave)


def way_out() -> None:
    """End a page with the button that signs the reader out, where there was a sign-in."""
    if st.user.get("is_logged_in"):
        st.button("Sign out", on_click=_leave)


def _leave() -> None:
    """End this sign-in here and at the provider."""
    now = time.time()
    for login in [login for login, ends in _ended.items() if ends < now]:
        _ended.pop(login, None)
    claims = dict(st.user)
    _ended[login_of(claims)] = float(claims.get("exp") or now) if _is_time(claims.get("exp")) else now
    st.logout()
