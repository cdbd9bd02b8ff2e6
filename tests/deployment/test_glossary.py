"""The glossary: every noun that names a module is in it, once, in order."""

import re

import pytest
from container_files import PROJECT

PACKAGE = PROJECT / "src" / "lantern"
_ENTRY = re.compile(r"- \*\*(?P<term>[^*]+)\*\*(?P<modules>(?: `[\w.]+`,?)*): (?P<meaning>.+)")


def entries():
    text = (PROJECT / "GLOSSARY.md").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.startswith("- ")]
    found = [_ENTRY.fullmatch(line) for line in lines]
    assert len(found) > 80
    return list(zip(lines, found, strict=True))


def modules():
    """Modules of the package as dotted names, `lantern.` left out: `home`, `release.ledger`; a folder counts."""
    found = {
        path.relative_to(PACKAGE).with_suffix("").as_posix().replace("/", ".")
        for path in PACKAGE.rglob("*.py")
        if path.name != "__init__.py"
    }
    found |= {path.parent.relative_to(PACKAGE).as_posix() for path in PACKAGE.glob("*/__init__.py")}
    assert len(found) > 50
    return sorted(found)


def test_every_entry_is_a_term_the_modules_it_names_and_a_sentence():
    assert [line for line, match in entries() if not match or not match["meaning"].endswith(".")] == []


def test_the_terms_are_in_order_and_each_is_there_once():
    terms = [match["term"].casefold() for _, match in entries()]

    assert terms == sorted(set(terms))


@pytest.mark.parametrize("module", modules())
def test_the_name_of_a_module_is_in_the_glossary(module):
    named = {name for _, match in entries() for name in re.findall(r"`([\w.]+)`", match["modules"])}

    assert module in named


def test_the_glossary_names_no_module_that_is_gone():
    named = {name for _, match in entries() for name in re.findall(r"`([\w.]+)`", match["modules"])}

    assert sorted(named - set(modules())) == []
