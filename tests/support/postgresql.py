"""A PostgreSQL server for one test: real, on a Unix socket, gone with the test however that ends."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType

_KEEPER = Path(__file__).with_name("postgresql.sh")
_BIN = Path("/usr/lib/postgresql/15/bin")


def _roomy_memory() -> str | None:
    """In memory where there is much of it: the server says fsync, and no disk is in the way."""
    memory = Path("/dev/shm")
    return str(memory) if memory.is_dir() and shutil.disk_usage(memory).free >= 4 << 30 else None


class PostgresqlError(RuntimeError):
    """The server did not do what it was told; the text ends with its log."""


class Postgresql:
    """`with Postgresql() as server: ... server.url("name") ...`"""

    def __init__(self) -> None:
        # Not the folder of a test: the path of a socket may have 107 bytes only.
        self.folder = Path(tempfile.mkdtemp(prefix="certherald-", dir=_roomy_memory()))
        # A session of its own: what kills the test's group leaves the keeper alive to clean up.
        self._keeper = subprocess.Popen(["/bin/sh", str(_KEEPER), str(self.folder)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, bufsize=1, start_new_session=True)

    def __enter__(self) -> Postgresql:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def url(self, database: str, user: str = "postgres") -> str:
        """For --database. The database must have been made."""
        return f"postgresql:///{database}?host={self.folder}&user={user}"

    def make_database(self, name: str) -> str:
        """Makes an empty database and returns its URL."""
        self.sql(f'CREATE DATABASE "{name}" TEMPLATE template0')
        return self.url(name)

    def sql(self, text: str, database: str = "postgres") -> str:
        """What a statement prints, columns split by |."""
        done = subprocess.run([_BIN / "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", self.url(database),
                               "-c", text], capture_output=True, text=True, timeout=60)
        if done.returncode != 0:
            raise PostgresqlError(done.stderr)
        return done.stdout.strip()

    def start(self) -> None:
        """Returns when it takes connections. Does nothing where it runs."""
        self._tell("start")

    def stop(self) -> None:
        """In order: what is under way is rolled back."""
        self._tell("stop")

    def restart(self) -> None:
        self.stop()
        self.start()

    def kill(self) -> None:
        """As when the power goes."""
        self._tell("kill")

    def close(self) -> None:
        """Ends the server and removes all it had."""
        assert self._keeper.stdin and self._keeper.stdout
        self._keeper.stdin.close()
        self._keeper.wait(60)
        self._keeper.stdout.close()

    def _tell(self, command: str) -> None:
        assert self._keeper.stdin and self._keeper.stdout
        self._keeper.stdin.write(command + "\n")
        answer = self._keeper.stdout.readline().strip()
        if answer != "ok":
            raise PostgresqlError(f"{command}: {answer}")
