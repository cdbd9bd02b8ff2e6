"""Who may read, by settings and by token: each case of the two decisions, and what refuses to start."""

import ast
import os
import subprocess
import sys

import pytest
from invented_release import DASHBOARD, Plan
from streamlit import config

sys.path.insert(0, str(DASHBOARD))
import access
import server

NOW = 1_800_000_000.0
COMPLETE = {
    "LANTERN_OIDC_METADATA_URL": "https://id.example/.well-known/openid-configuration",
    "LANTERN_OIDC_CLIENT_ID": "board-pages",
    "LANTERN_OIDC_CLIENT_SECRET_FILE": "/run/secrets/client",
    "LANTERN_OIDC_COOKIE_SECRET_FILE": "/run/secrets/cookie",
    "LANTERN_OIDC_ROLES": "board-reader, hub-officer",
    "LANTERN_DASHBOARD_URL": "https://board.example",
}
READER = {"is_logged_in": True, "iat": NOW - 60, "exp": NOW + 60, "sub": "a", "roles": ["board-reader"]}
WITHOUT = object()

# fmt: off
TOKENS = [
    # claim             what it says                            who that is
    ("roles",           ["board-reader"],                       "reader"),
    ("roles",           ["other", "hub-officer"],               "reader"),
    ("roles",           "board-reader",                         "reader"),
    ("roles",           "board-reader other",                   "not_listed"),
    ("roles",           ["Board-Reader"],                       "not_listed"),
    ("roles",           [["board-reader"], 7, None],            "not_listed"),
    ("roles",           {"board-reader": True},                 "not_listed"),
    ("roles",           [],                                     "not_listed"),
    ("roles",           WITHOUT,                                "not_listed"),
    ("exp",             NOW,                                    "expired"),
    ("exp",             NOW - 1,                                "expired"),
    ("exp",             float("nan"),                           "expired"),
    ("exp",             True,                                   "expired"),
    ("exp",             str(NOW + 60),                          "expired"),
    ("exp",             WITHOUT,                                "expired"),
    ("iat",             NOW - 12 * 3600,                        "expired"),
    ("iat",             NOW - 12 * 3600 + 1,                    "reader"),
    ("iat",             WITHOUT,                                "expired"),
    ("is_logged_in",    False,                                  "signed_out"),
    ("is_logged_in",    "true",                                 "signed_out"),
    ("is_logged_in",    WITHOUT,                                "signed_out"),
]
REFUSED = [
    # setting                           value                                   what the refusal names
    ("LANTERN_OIDC_METADATA_URL",       "",                                     "LANTERN_OIDC_METADATA_URL not set"),
    ("LANTERN_OIDC_CLIENT_ID",          " ",                                    "LANTERN_OIDC_CLIENT_ID not set"),
    ("LANTERN_OIDC_CLIENT_SECRET_FILE", "",                                     "LANTERN_OIDC_CLIENT_SECRET_FILE not set"),
    ("LANTERN_OIDC_COOKIE_SECRET_FILE", "",                                     "LANTERN_OIDC_COOKIE_SECRET_FILE not set"),
    ("LANTERN_OIDC_ROLES",              "",                                     "LANTERN_OIDC_ROLES not set"),
    ("LANTERN_OIDC_ROLES",              " , ",                                  "LANTERN_OIDC_ROLES names no role"),
    ("LANTERN_DASHBOARD_URL",           "",                                     "LANTERN_DASHBOARD_URL not set"),
    ("LANTERN_DASHBOARD_URL",           "http://board.example",                 "LANTERN_DASHBOARD_URL is not an https address"),
    ("LANTERN_DASHBOARD_URL",           "https://board.example/deep",           "LANTERN_DASHBOARD_URL is not an https address"),
    ("LANTERN_DASHBOARD_URL",           "board.example",                        "LANTERN_DASHBOARD_URL is not an https address"),
    ("LANTERN_OIDC_METADATA_URL",       "http://id.example/",                   "LANTERN_OIDC_METADATA_URL is not an https address"),
    ("LANTERN_OIDC_METADATA_URL",       "https://who:canary@id.example/",       "LANTERN_OIDC_METADATA_URL is not an https address"),
]
LOOPBACK = [("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("localhost", True),
            ("0.0.0.0", False), ("::", False), ("10.0.0.7", False), ("localhost.example", False), ("", False), (None, False)]
# fmt: on


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch):
    for name in [name for name in os.environ if name.startswith(("LANTERN_OIDC_", "LANTERN_DASHBOARD_"))]:
        monkeypatch.delenv(name)


def test_without_settings_there_is_no_access_to_ask_of():
    assert access.Access.of({"LANTERN_DASHBOARD_URL": "https://board.example", "LANTERN_OIDC_ROLES": " "}) is None


@pytest.mark.parametrize(("claim", "says", "who"), TOKENS)
def test_a_token_says_who_may_read(claim, says, who):
    claims = READER | {claim: says}
    if says is WITHOUT:
        del claims[claim]

    assert access.standing(access.Access.of(COMPLETE), claims, NOW) == who


def test_roles_may_lie_deeper_in_a_token():
    deep = access.Access.of(COMPLETE | {"LANTERN_OIDC_ROLES_CLAIM": "realm_access.roles"})
    named = access.Access.of(COMPLETE | {"LANTERN_OIDC_ROLES_CLAIM": "https://board.example/roles"})

    assert access.standing(deep, READER | {"realm_access": {"roles": ["board-reader"]}}, NOW) == "reader"
    assert access.standing(deep, READER | {"realm_access": ["board-reader"]}, NOW) == "not_listed"
    assert access.standing(named, READER | {"https://board.example/roles": ["board-reader"]}, NOW) == "reader"
    assert access.standing(deep, READER, NOW) == access.standing(named, READER, NOW) == "not_listed"


def test_a_sign_in_that_was_ended_stays_ended_and_the_next_one_is_another(monkeypatch):
    known = access.Access.of(COMPLETE)
    monkeypatch.setattr(access, "_ended", {access.login_of(READER): NOW + 60})

    assert access.standing(known, READER, NOW) == "signed_out"
    assert access.standing(known, READER | {"iat": NOW - 1}, NOW) == "reader"


@pytest.mark.parametrize(("name", "value", "told"), REFUSED)
def test_a_setting_that_cannot_be_used_is_refused_by_name(name, value, told):
    with pytest.raises(access.AccessRefused, match=told) as refusal:
        access.Access.of(COMPLETE | {name: value})

    assert "The pages were not opened." in str(refusal.value)
    assert "canary" not in str(refusal.value)


@pytest.mark.parametrize(("host", "is_here"), LOOPBACK)
def test_this_machine_is_known_from_others(host, is_here):
    assert access.is_loopback(host) is is_here


@pytest.mark.parametrize("content", [None, "", "short", "canary line\nand another that is long enough to count"])
def test_a_cookie_secret_that_is_no_secret_is_refused_and_not_told(tmp_path, content):
    (tmp_path / "client").write_text("canary", encoding="utf-8")
    if content is not None:
        (tmp_path / "cookie").write_text(content, encoding="utf-8")
    files = {f"LANTERN_OIDC_{name.upper()}_SECRET_FILE": str(tmp_path / name) for name in ("client", "cookie")}

    with pytest.raises(access.AccessRefused, match="LANTERN_OIDC_COOKIE_SECRET_FILE") as refusal:
        server.secrets_text(access.Access.of(COMPLETE | files))

    assert "canary" not in str(refusal.value)
    assert not content or content not in str(refusal.value)


def test_secrets_with_odd_letters_are_read_back_as_they_are(tmp_path):
    import tomllib

    odd = 'quote" back\\slash = # ü' + "x" * 32
    for name in ("client", "cookie"):
        (tmp_path / name).write_text(f"{odd}\n", encoding="utf-8")
    files = {f"LANTERN_OIDC_{name.upper()}_SECRET_FILE": str(tmp_path / name) for name in ("client", "cookie")}
    found = tomllib.loads(server.secrets_text(access.Access.of(COMPLETE | files)))["auth"]

    assert found["client_secret"] == found["cookie_secret"] == odd
    assert found["redirect_uri"] == "https://board.example/oauth2callback"
    assert found["client_kwargs"] == {"scope": "openid profile"}


def test_the_pages_open_to_others_only_with_access_configured():
    """By the command an operator gives: refused in a sentence, before anything listens."""
    environment = {"PATH": os.environ["PATH"], "LANTERN_RELEASED": "none.duckdb"}
    command = [sys.executable, "server.py", "--address", "0.0.0.0", "--port", "1"]
    ran = subprocess.run(
        command, cwd=DASHBOARD, env=environment, capture_output=True, text=True, timeout=120, check=False
    )

    assert ran.returncode == 10
    assert ran.stdout == ""
    assert "none is configured, so they open on this machine alone, not on 0.0.0.0" in ran.stderr
    assert "Traceback" not in ran.stderr
    server.check_open("0.0.0.0", access.Access.of(COMPLETE))
    server.check_open("127.0.0.1", None)


@pytest.fixture
def address_of_server():
    before = config.get_option("server.address")
    yield lambda address: config.set_option("server.address", address)
    config.set_option("server.address", before)


@pytest.mark.parametrize(
    ("address", "settings"),
    [
        ("0.0.0.0", {}),
        ("127.0.0.1", {"LANTERN_OIDC_CLIENT_ID": "half-set"}),
        ("127.0.0.1", COMPLETE),
    ],
    ids=["open_to_others", "half_configured", "nobody_signed_in"],
)
def test_started_without_the_check_the_pages_still_hold(
    released, open_page, monkeypatch, address_of_server, address, settings
):
    """Whoever runs Streamlit on app.py by hand meets the gate, which fails shut."""
    released(Plan())
    address_of_server(address)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)

    opened = open_page("at_a_glance")

    wanted = access.WORDS["signed_out" if settings == COMPLETE else "closed"]
    assert opened.titles == [wanted[0]]
    assert opened.exceptions == []
    assert "%" not in opened.everything


def test_with_nothing_in_the_way_the_same_page_shows_figures(released, open_page, address_of_server):
    """The twin."""
    released(Plan())
    address_of_server("127.0.0.1")

    assert "84%" in open_page("at_a_glance").everything


def test_the_gate_comes_before_anything_of_a_page():
    tree = ast.parse((DASHBOARD / "app.py").read_text(encoding="utf-8"))
    (main,) = [each for each in tree.body if isinstance(each, ast.FunctionDef) and each.name == "main"]
    calls = [
        ast.unparse(each.value.func)
        for each in main.body
        if isinstance(each, ast.Expr) and isinstance(each.value, ast.Call)
    ]

    assert calls[:2] == ["st.set_page_config", "access.gate"]
    assert [ast.unparse(each) for each in tree.body[-1:]] == ["main()"]


def fragments():
    """Parts that are drawn again without the page, and so without the gate."""
    found = []
    for path in sorted(DASHBOARD.rglob("*.py")):
        functions = [
            each for each in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(each, ast.FunctionDef)
        ]
        found += [each for each in functions if any("fragment" in ast.unparse(mark) for mark in each.decorator_list)]
    return found


def test_what_is_drawn_again_without_the_gate_reads_nothing_released():
    assert fragments()

    for each in fragments():
        assert "released" not in ast.unparse(each)
        assert each.args.args == [], "a fragment is given nothing that was released"
