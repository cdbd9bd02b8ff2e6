"""Where an inbox lies: a folder of this machine, or S3 and SFTP by one interface."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol


@dataclass(frozen=True)
class Entry:
    """
    What a folder of an inbox holds, as a listing tells it: nothing here is to be trusted.

    `size` is in bytes; `changed_at` in seconds since 1970, null where the store does not say.
    """

    name: str
    is_file: bool
    is_folder: bool
    size: int
    changed_at: float | None


class Store(Protocol):
    """What is asked of a place that holds an inbox. `folder` is empty for the inbox itself."""

    def entries(self, folder: str) -> list[Entry]:
        """What a folder holds, afresh."""

    def open(self, folder: str, name: str) -> IO[bytes]:
        """A plain file, for reading."""

    def write(self, folder: str, name: str, content: bytes) -> None:
        """Write a file anew, in a folder that is made if it is missing."""

    def remove(self, folder: str, names: list[str]) -> None:
        """Remove files in this order, then the folder if it is empty."""


class ObjectStore:
    """S3 or SFTP by one interface, fsspec's. Names go to it as they came, never through a URL."""

    def __init__(self, files: Any, root: str, *, is_s3: bool) -> None:
        self._files = files
        self._root = root
        self._is_s3 = is_s3

    def _at(self, *parts: str) -> str:
        return "/".join([self._root, *filter(None, parts)]) or "/"

    def entries(self, folder: str) -> list[Entry]:
        """What it holds; on S3, a folder that holds nothing is no different from none."""
        at = self._at(folder)
        self._files.invalidate_cache()
        try:
            listed = self._files.ls(at, detail=True)
        except FileNotFoundError:
            # S3 has no empty folders: one that holds nothing is not there. A bucket is.
            if self._is_s3 and self._files.exists(self._root.split("/")[0]):
                return []
            raise
        found = []
        for each in listed:
            changed = each.get("LastModified") if self._is_s3 else each.get("mtime")
            entry = Entry(
                each["name"].removeprefix(at).removeprefix("/"),
                each["type"] == "file",
                each["type"] == "directory",
                int(each.get("size") or 0),
                changed.timestamp() if changed else None,
            )
            # Without a name it is the folder's own mark, which S3 consoles make.
            found += [entry] if entry.name else []
        return found

    def open(self, folder: str, name: str) -> IO[bytes]:
        """A file, read as it comes."""
        stream: IO[bytes] = self._files.open(self._at(folder, name), "rb")
        return stream

    def write(self, folder: str, name: str, content: bytes) -> None:
        """Write a file anew; S3 knows no folders, and SFTP is given those that are missing."""
        self._files.pipe_file(self._at(folder, name), content)

    def remove(self, folder: str, names: list[str]) -> None:
        """Remove files, then the folder if it is empty."""
        for name in names:
            with suppress(FileNotFoundError):
                self._files.rm_file(self._at(folder, name))
        if not self._is_s3 and not self.entries(folder):
            self._files.rm(self._at(folder), recursive=False)


class Folder:
    """
    A folder of this machine.

    Not through fsspec, whose local paths follow links: a sender may plant one, and swap it in
    after it was looked at. So each step starts from an open folder and refuses to follow.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    @contextmanager
    def _inside(self, folder: str) -> Iterator[int]:
        descriptor = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY)
        try:
            if folder:
                outer = descriptor
                descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=outer)
                os.close(outer)
            yield descriptor
        finally:
            os.close(descriptor)

    def entries(self, folder: str) -> list[Entry]:
        """What it holds; a link, a pipe or a file with a second name is no plain file."""
        found = []
        with self._inside(folder) as inside:
            for name in os.listdir(inside):  # noqa: PTH208  # a path could be swapped; an open folder cannot
                try:
                    about = os.stat(name, dir_fd=inside, follow_symlinks=False)
                except FileNotFoundError:
                    continue  # it was taken away meanwhile
                is_file = stat.S_ISREG(about.st_mode) and about.st_nlink == 1
                found.append(Entry(name, is_file, stat.S_ISDIR(about.st_mode), about.st_size, about.st_mtime))
        return found

    def open(self, folder: str, name: str) -> IO[bytes]:
        """A plain file, for reading."""
        with self._inside(folder) as inside:
            stream = os.fdopen(os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=inside), "rb")
        about = os.fstat(stream.fileno())
        if not stat.S_ISREG(about.st_mode) or about.st_nlink != 1:
            stream.close()
            raise PermissionError
        return stream

    def write(self, folder: str, name: str, content: bytes) -> None:
        """Write a file anew, in a folder that is made if it is missing."""
        with self._inside("") as inside, suppress(FileExistsError):
            os.mkdir(folder, dir_fd=inside)
        with self._inside(folder) as inside:
            with suppress(FileNotFoundError):
                os.unlink(name, dir_fd=inside)
            made = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640, dir_fd=inside)
            with os.fdopen(made, "wb") as stream:
                stream.write(content)

    def remove(self, folder: str, names: list[str]) -> None:
        """Remove files, then the folder if it is empty."""
        with self._inside(folder) as inside:
            for name in names:
                with suppress(FileNotFoundError):
                    os.unlink(name, dir_fd=inside)
            is_empty = not os.listdir(inside)  # noqa: PTH208
        if is_empty:
            with self._inside("") as inside:
                os.rmdir(folder, dir_fd=inside)
