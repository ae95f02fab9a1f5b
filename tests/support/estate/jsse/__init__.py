"""The JDK's own TLS server, with everything on that JSSE still has."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from estate.pki import STORE_PASSWORD
from estate.processes import Child, StartError

_SOURCE = Path(__file__).with_name("EstateServer.java")
_CACHE = Path(__file__).resolve().parents[4] / "build/estate"
_QUICK = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto", "-Xmx128m"]


def start(name: str, store: Path, folder: Path) -> Child:
    """Returns at once, so that others start meanwhile; `port_of` waits."""
    command = ["java", *_QUICK, "-cp", str(_classes()), "EstateServer", str(store), STORE_PASSWORD]
    return Child(name, command, folder / f"{name}.log")


def port_of(child: Child) -> int:
    return int(child.await_line(r"^ready (\d+)$", seconds=60)[1])


def _classes() -> Path:
    """Compiled once for each text of the source; a second process that compiles too does no harm."""
    target = _CACHE / hashlib.sha256(_SOURCE.read_bytes()).hexdigest()[:16]
    if target.is_dir():
        return target
    _CACHE.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=_CACHE))
    result = subprocess.run(["javac", "-d", str(scratch), str(_SOURCE)], capture_output=True, text=True)
    if result.returncode != 0:
        shutil.rmtree(scratch)
        raise StartError(f"javac: {result.stderr}")
    try:
        os.rename(scratch, target)
    except OSError:  # another was first
        shutil.rmtree(scratch)
    return target
