"""The dashboard served on a free port of this machine, and the file it reads, which is swapped as a release is."""

import os
import shutil
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from invented_release import DASHBOARD
from tests.servers import free_port


@dataclass
class Server:
    """The dashboard on a free port of this machine, and the file it reads."""

    address: str
    file: object
    files: dict

    def publish(self, state):
        """Swap a state's file in by rename, as a release is."""
        part = self.file.with_suffix(".part")
        shutil.copy(self.files[state], part)
        part.replace(self.file)


@contextmanager
def served(path):
    """Serve the dashboard, and stop it whatever happens."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [*(sys.executable, "-m", "streamlit", "run", "app.py"), "--server.address=127.0.0.1"]
    environment = {**os.environ, "LANTERN_RELEASED": str(path)}
    quiet = subprocess.DEVNULL
    server = subprocess.Popen(
        [*command, f"--server.port={port}"], cwd=DASHBOARD, env=environment, stdout=quiet, stderr=quiet
    )
    try:
        wait_for(f"{address}/_stcore/health", server)
        yield address
    finally:
        server.terminate()
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def wait_for(address, server):
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if server.poll() is not None:
            pytest.fail(f"The server stopped by itself with code {server.returncode}.")
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail("The server did not answer within a minute.")
