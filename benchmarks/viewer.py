"""A reader of the board's pages without a browser: one session of Streamlit's own socket."""

from contextlib import ExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol


@dataclass
class Drawn:
    """What one drawing of a page sent."""

    data: list[bytes] = field(default_factory=list)
    exceptions: int = 0
    headings: list[str] = field(default_factory=list)
    is_known: bool = True
    pages: dict[str, str] = field(default_factory=dict)
    """Address of each page to the name Streamlit knows it by."""

    @property
    def size(self) -> int:
        """Bytes over the socket."""
        return sum(map(len, self.data))

    def holds(self, text: str) -> bool:
        """Whether a text went over the socket."""
        return any(text.encode() in each for each in self.data)


class Viewer:
    """One reader; `ask` draws a page as the browser's address bar or its links do."""

    def __init__(self, address: str, **headers: str) -> None:
        self._address = address
        self._headers = headers
        self._connection: ClientConnection | None = None
        self._ends = ExitStack()

    def __enter__(self) -> Self:
        place = urlsplit(self._address)
        opening = connect(
            f"ws://{place.netloc}/_stcore/stream",
            origin=Origin(self._headers.get("origin", self._address)),
            subprotocols=[Subprotocol("streamlit")],
            max_size=None,
            open_timeout=60,
        )
        self._connection = self._ends.enter_context(opening)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ends.__exit__(kind, value, trace)

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        assert self._connection
        self._connection.send(data)

    def receive(self, timeout: float) -> bytes:
        """One message as it came."""
        assert self._connection
        data: Any = self._connection.recv(timeout=timeout)
        return bytes(data)

    def ask(self, page: str = "", query: str = "", timeout: float = 60) -> Drawn:
        """Ask for a page by its address and wait until it is drawn."""
        message = BackMsg()
        message.rerun_script.page_name = page
        message.rerun_script.query_string = query
        self.send(message.SerializeToString())
        return self._drawn(timeout)

    def _drawn(self, timeout: float) -> Drawn:
        found = Drawn()
        while True:
            data = self.receive(timeout)
            found.data.append(data)
            message = ForwardMsg.FromString(data)
            kind = message.WhichOneof("type")
            if kind == "delta":
                element = message.delta.new_element
                found.exceptions += element.WhichOneof("type") == "exception"
                if element.WhichOneof("type") == "heading":
                    found.headings.append(element.heading.body)
            elif kind == "page_not_found":
                found.is_known = False
            elif kind == "navigation":
                found.pages = {each.url_pathname: each.page_name for each in message.navigation.app_pages}
            elif kind == "script_finished":
                return found
