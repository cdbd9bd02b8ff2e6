"""The canary: both sides prove that they make one token of one person, before any record moves."""

import re
from dataclasses import replace
from datetime import datetime

import pytest
from partner_drawing import SNAPSHOT, write_drawn
from tests.conftest import CANARY_VALUE, CHECK

from lantern.errors import ConfigRefused, DeliveryRefused
from lantern.intake import verification
from lantern.partner import canary, identity
from lantern.partner.delivery import deliver
from lantern.partner.key import compare_key, join_key, new_key, read_key

KEY = bytes(range(32))
NOTICE = """
    notice_ref | submitted        | force_person_id | first_name | last_name    | date_of_birth | sex  | home_postcode | nhs_no     | officer_grade
    -----------+------------------+-----------------+------------+--------------+---------------+------+---------------+------------+--------------
    PPN-0817   | 01/07/2026 23:10 | FORCE-0818      | Zebedee    | Quillfeather | 23/11/2014    | Male | ZX9 7QQ       | 9434765919 | Red
"""


def in_each(change):
    """A fault that changes every text part of every person before it is normalised."""

    def plant(monkeypatch):
        made = tuple(
            replace(person, **{part: change(getattr(person, part)) for part in ("forename", "surname", "postcode")})
            for person in canary.persons()
        )
        monkeypatch.setattr(canary, "persons", lambda: made)

    return plant


def another(name, fault):
    """A fault in one function of the rules."""
    right = getattr(identity, name)
    return lambda monkeypatch: monkeypatch.setattr(identity, name, lambda text: fault(text, right))


def months_first(monkeypatch):
    turned = tuple(
        replace(person, dob=person.dob.replace(month=person.dob.day, day=person.dob.month))
        if person.dob.day <= 12
        else person
        for person in canary.persons()
    )
    monkeypatch.setattr(canary, "persons", lambda: turned)


def set_to(name, value):
    return lambda monkeypatch: monkeypatch.setattr(identity, name, value)


FAULTS = {
    "UTF-8 read as cp1252": in_each(lambda text: text.encode().decode("cp1252", errors="replace")),
    "letters beyond ASCII lost": in_each(lambda text: text.encode("ascii", errors="replace").decode()),
    "marks kept": another("normal_name", lambda text, right: right(text) and "".join(text.upper().split())),
    "NFC and NFD told apart": another("normal_name", lambda text, right: right(text) and text),
    "case kept": another("normal_name", lambda text, right: right(text.swapcase()) and text.swapcase()),
    "sharp s left": another("normal_name", lambda text, right: right(text.replace("ß", ""))),
    "dotted capital I left": another("normal_name", lambda text, right: right(text.replace("İ", ""))),
    "dotless i left": another("normal_name", lambda text, right: right(text.replace("\u0131", ""))),
    "long s left": another("normal_name", lambda text, right: right(text.replace("\u017f", ""))),
    "ligature left": another("normal_name", lambda text, right: right(text.replace("\ufb01", ""))),
    "modifier apostrophe kept": set_to("_MODIFIER", "none"),
    "letters with a stroke kept": set_to("_LETTERS", {}),
    "every forename counts": another("normal_forename", lambda text, _right: identity.normal_name(text)),
    "forename up to a space, not to a hyphen": another(
        "normal_forename", lambda text, _right: identity.normal_name(text.split()[0])
    ),
    "only the plain hyphen parts names": set_to("_SPACES_AND_DASHES", re.compile(r"[\s\-]+")),
    "hyphenated surname cut": another("normal_name", lambda text, right: right(text.split("-")[0])),
    "fillers are names": set_to("_PLACEHOLDER_NAMES", frozenset()),
    "two letters are no name": set_to("_SHORTEST_NAME", 3),
    "filler birth date used": lambda monkeypatch: monkeypatch.setattr(identity, "plausible_birth", lambda day: day),
    "month taken for the day": months_first,
    "postcode as written": another("normal_postcode", lambda text, right: right(text) and text),
    "postcode in capitals, spaces kept": another("normal_postcode", lambda text, right: right(text) and text.upper()),
    "filler postcode used": set_to("_PLACEHOLDER_POSTCODES", ("none",)),
    "NHS number with its spaces": another("valid_nhs", lambda text, right: right(text) and text),
    "NHS number only without spaces": another("valid_nhs", lambda text, right: right(text) if text.isdigit() else None),
    "filler NHS number used": set_to("_PLACEHOLDER_NHS", frozenset()),
    "pupil number as written": another("valid_upn", lambda text, right: right(text) and text),
    "temporary pupil number refused": another("valid_upn", lambda text, right: right(text[:-1] + text[-1:].strip("A"))),
    "check letter not looked at": another("valid_upn", lambda text, _right: text.upper() or None),
    "another Soundex": lambda monkeypatch: monkeypatch.setattr(identity, "soundex", lambda name: name[:4]),
    "another scheme text": set_to("NORMALISATION", "norm_v2"),
}


def forget():
    """Planted faults change functions under their caches."""
    for each in (identity.normal_name, identity.normal_forename, identity.valid_nhs, identity.valid_upn):
        getattr(each, "cache_clear", lambda: None)()


@pytest.fixture(autouse=True)
def _forgotten(monkeypatch):
    yield
    monkeypatch.undo()
    forget()


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_tool_that_reads_or_normalises_otherwise_has_another_canary(fault, monkeypatch):
    before = canary.value(KEY)

    fault(monkeypatch)
    forget()

    assert canary.value(KEY) != before


def test_the_canary_is_the_same_each_time_and_another_under_another_key():
    assert canary.value(KEY) == canary.value(KEY) != canary.value(b"k" * 32)


def test_the_list_has_persons_who_are_one_and_persons_who_are_nobody():
    """Two writings of one name, two readings of one date, and fillers that must give nothing."""
    known = {person.local_id: identity.parts(person) for person in canary.persons()}

    assert len(known) == 20
    assert known["C02"]["ndp1"] == known["C03"]["ndp1"] is not None
    assert known["C11"]["ndp2"] == known["C12"]["ndp2"] is not None
    assert known["C05"]["ndp2"] != known["C06"]["ndp2"]
    assert set(known["C10"].values()) == set(known["C20"].values()) == {None}
    assert {part for parts in known.values() for part, text in parts.items() if text} == set(known["C01"])


def test_everyone_in_the_list_is_of_a_range_no_one_is_given():
    for person in canary.persons():
        nhs, upn = identity.valid_nhs(person.nhs), identity.valid_upn(person.upn)
        assert nhs is None or nhs.startswith("999")
        assert upn is None or upn[1:5] == "2010"
        assert not person.postcode or person.postcode.upper().startswith("Z")


def test_the_line_of_a_key_tells_the_hub_and_the_others_enough_and_no_secret(tmp_path):
    key = new_key(tmp_path / "k.toml", "demo", "E06999999", "demo-2026")

    shape = re.fullmatch(r"demo-2026=([0-9a-f]{32})\.([0-9a-f]{32})", key.line)

    assert (shape[1], shape[2]) == (key.check_value[:32], key.canary[:32])
    assert key.project_key.hex()[:8] not in key.line


def test_two_sides_with_one_key_and_one_tool_agree(tmp_path):
    first = new_key(tmp_path / "k.toml", "demo", "E06999999", "demo-2026")

    compare_key(join_key(tmp_path / "k.toml", tmp_path / "mine.toml"), f" {first.line}\n")


@pytest.mark.parametrize(
    ("line", "what_differs"),
    [
        ("demo-2026={other}.{canary}", "another project key"),
        ("demo-2026={check}.{other}", "the project key is the same, but one side's tool normalises"),
        ("demo-2025={check}.{canary}", "the key has another name"),
        ("demo-2026={check}", "not a line such as"),
        ("demo-2026={short}.{short}", "not a line such as"),
    ],
)
def test_where_two_sides_do_not_agree_it_is_said_which_part_differs(tmp_path, line, what_differs):
    key = new_key(tmp_path / "k.toml", "demo", "E06999999", "demo-2026")
    pieces = {"check": key.check_value[:32], "canary": key.canary[:32], "other": "0" * 32, "short": key.check_value[:8]}

    with pytest.raises(ConfigRefused, match=what_differs) as refusal:
        compare_key(key, line.format(**pieces))

    assert refusal.value.exit_code == 10


@pytest.mark.parametrize(
    "entry", [{"canary": "e" * 64}, {"normalisation": "norm_v2"}, {"canary": "e" * 64, "normalisation": "norm_v2"}]
)
def test_a_delivery_of_another_normaliser_is_refused_and_told_so(hub, entry):
    folder = hub.deliver([hub.contact(1)], **entry)

    with pytest.raises(DeliveryRefused, match=r"the sender's tool normalises names differently.*Nothing was loaded"):
        verification.read_manifest(hub.home, hub.partnership, "riverton_council", folder)


@pytest.mark.parametrize(
    "entry", [{"key_check": "e" * 64}, {"key_check": "e" * 64, "canary": "e" * 64}, {"key_id": "test-2"}]
)
def test_a_delivery_under_another_key_is_refused_as_that(hub, entry):
    folder = hub.deliver([hub.contact(1)], **entry)

    with pytest.raises(DeliveryRefused, match="a project key this hub does not know"):
        verification.read_manifest(hub.home, hub.partnership, "riverton_council", folder)


def test_without_the_check_both_would_have_come_in(hub, monkeypatch):
    """The twin of the two above: nothing else stands in their way."""
    monkeypatch.setattr(verification, "_check_key", lambda _home, _manifest: None)

    for entry in ({"canary": "e" * 64}, {"key_check": "e" * 64}):
        folder = hub.deliver([hub.contact(1)], **entry)
        assert verification.read_manifest(hub.home, hub.partnership, "riverton_council", folder)


def test_a_hub_that_knows_half_of_a_key_takes_nothing_under_it(hub):
    """A check value alone, as it was first kept, does not prove the rules."""
    (hub.home.secrets / "trusted_keys.json").write_text(f'{{"test": "{CHECK}"}}')
    folder = hub.deliver([hub.contact(1)])

    with pytest.raises(DeliveryRefused, match="does not know"):
        verification.read_manifest(hub.home, hub.partnership, "riverton_council", folder)


@pytest.mark.parametrize(
    "line", ["", "test", f"test={CHECK}", f"test={CHECK}.", f"Test={CHECK}.{CANARY_VALUE}", "test=cc.dd"]
)
def test_a_line_that_is_not_whole_is_not_trusted_and_what_was_stays(hub, line):
    from lantern import secret

    before = secret.trusted_keys(hub.home)

    with pytest.raises(ConfigRefused, match="Nothing was trusted"):
        secret.trust(hub.home, line)

    assert secret.trusted_keys(hub.home) == before != {}


@pytest.mark.parametrize("is_faulty", [False, True])
def test_what_a_real_tool_sends_is_taken_by_a_hub_that_trusts_its_line_unless_its_rules_differ(
    hub, tmp_path, monkeypatch, is_faulty
):
    from lantern import secret

    new_key(tmp_path / "k.toml", "demo", "E06999999", "demo-2026")
    secret.trust(hub.home, read_key(tmp_path / "k.toml").line)
    notices = write_drawn(tmp_path / "notices.csv", NOTICE)
    if is_faulty:
        monkeypatch.setattr(identity, "_LETTERS", {})
        forget()

    files, out = [notices], hub.home.inbox / "riverton_police"
    sent = deliver(files, "police_notice", "riverton_police", tmp_path / "k.toml", out, snapshot_at=SNAPSHOT)

    if is_faulty:
        with pytest.raises(DeliveryRefused, match="normalises names differently"):
            verification.read_manifest(hub.home, hub.partnership, "riverton_police", sent.folder)
    else:
        manifest = verification.read_manifest(hub.home, hub.partnership, "riverton_police", sent.folder)
        assert (manifest.rows, datetime.fromisoformat(manifest.snapshot_at).year) == (1, 2026)
