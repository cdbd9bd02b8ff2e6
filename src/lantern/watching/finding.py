"""What a look at one part of the hub found: well, to be looked at, or wrong."""

from dataclasses import dataclass
from typing import Any, Literal

from lantern.watching.alarm import Alarm, page

State = Literal["ok", "warn", "wrong"]
SEVERITY: tuple[State, ...] = ("ok", "warn", "wrong")


@dataclass(frozen=True)
class Finding:
    """
    One line of `lantern doctor`.

    `about` is the partner or quarter it is of, if there may be several; with `alarm` it names the trouble for as long as it lasts.
    `said` is for the hub's own people: names, rules and counts, never a value from a row.
    """

    alarm: Alarm
    state: State
    said: str
    to_do: str = ""
    about: str = ""

    @property
    def name(self) -> str:
        """The trouble, whatever its numbers are today: `late-partner riverton_police`."""
        return f"{self.alarm} {self.about}".strip()

    def as_dict(self) -> dict[str, Any]:
        """For a program."""
        told = {"check": self.alarm, "state": self.state, "about": self.about, "said": self.said}
        return told | ({} if self.state == "ok" else {"to_do": self.to_do, "page": page(self.alarm)})
