"""A census file, read child by child, with nothing in it that a census does not have."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from lantern.errors import DeliveryRefused
from lantern.partner.instant import UnusableError, naive

XML_DATE = ("%Y-%m-%d%z",)
"""A date in XML may carry an offset; without one it is ISO and read as such."""
LARGEST_BYTES = 500 * 2**20
"""A large authority's return is some 80 MB (asm)."""
DEEPEST = 32
"""Levels. A census has eight."""
_INCLUSION = "{http://www.w3.org/2001/XInclude}"
_CHILD = ("Message", "Children", "Child")
_REFERENCE_DATE = ("Message", "Header", "CollectionDetails", "ReferenceDate")


def text_of(element: Element, path: str = ".") -> str:
    """The stripped text at a path, or ''. Stray text between elements belongs to none and is not seen."""
    return (element.findtext(path) or "").strip()


@dataclass(frozen=True)
class CensusFile:
    """One census file: its place among the files given, where it is, and its reference date."""

    number: int
    path: Path
    reference_on: date

    def children(self) -> Iterator[Element]:
        """
        Every Child, one at a time, so that a large file takes no more room than a small one.

        Raises:
            DeliveryRefused: The file is not what it was when it was opened.
        """
        for trail, element in _elements(self.path, self.number):
            if trail == _CHILD:
                yield element


def opened(path: Path, number: int) -> CensusFile:
    """
    Look a file through to its end before anything in it is used.

    Raises:
        DeliveryRefused: It is too large or too deep, no XML or no census, without its date, or
            holds what can reach beyond it: a document type, an instruction, an inclusion.
    """
    reference, children = "", 0
    for trail, element in _elements(path, number):
        if trail == _REFERENCE_DATE:
            reference = text_of(element)
        children += trail == _CHILD
    if not children:
        raise _refusal(
            number, "no Message/Children/Child is in it", "Give the census file that is sent to the department"
        )
    try:
        return CensusFile(number, path, naive(reference, XML_DATE, iso=True).date())
    except UnusableError:
        raise _refusal(
            number,
            "Header/CollectionDetails/ReferenceDate is missing or not a date",
            "Export it again with its header",
        ) from None


def _elements(path: Path, number: int) -> Iterator[tuple[tuple[str, ...], Element]]:
    """Every element when it ends, with the names that lead to it. Children are let go once they were seen."""
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise _refusal(number, f"it is larger than {LARGEST_BYTES >> 20} MB", "Give one census of one authority")
        yield from _guarded(path, number)
    except DefusedXmlException:
        raise _refusal(
            number,
            "it declares a document type, which a census never does",
            "Export it again, and find out who changed it",
        ) from None
    except (ParseError, OSError, LookupError, ValueError):
        raise _refusal(number, "it cannot be read as XML", "Export it again") from None


def _guarded(path: Path, number: int) -> Iterator[tuple[tuple[str, ...], Element]]:
    trail: tuple[str, ...] = ()
    above: list[Element] = []
    with path.open("rb") as stream:
        for event, element in iterparse(stream, events=("start", "end", "pi"), forbid_dtd=True):
            if event == "start":
                if element.tag.startswith(_INCLUSION) or len(trail) == DEEPEST:
                    raise _refusal(
                        number,
                        f"it includes other files, or is more than {DEEPEST} levels deep, which a census never does",
                        "Export it again, and find out who changed it",
                    )
                element.tag = element.tag.rsplit("}", maxsplit=1)[-1]
                trail = (*trail, element.tag)
                above.append(element)
            elif event == "end":
                yield trail, element
                above.pop()
                if trail == _CHILD:
                    above[-1].remove(element)
                trail = trail[:-1]
            else:
                raise _refusal(
                    number,
                    "it holds a processing instruction, which a census never does",
                    "Export it again, and find out who changed it",
                )


def _refusal(number: int, what: str, remedy: str) -> DeliveryRefused:
    return DeliveryRefused(f"cin_census, file {number}: {what}. Nothing was made. {remedy}.")
