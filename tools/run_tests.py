#!/usr/bin/python3
"""Builds and runs every test. The last line is `N passed, N failed`; the exit code is 0 only where none failed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ASAN = ROOT / "build/asan"
REPORTS = ROOT / "build/reports"


@dataclass
class Tally:
    passed: int = 0
    failures: list[str] = field(default_factory=list)

    def add(self, name: str, ok: bool) -> None:
        if ok:
            self.passed += 1
        else:
            self.failures.append(name)

    def add_junit(self, path: Path, ok: bool, name: str) -> None:
        """Counts each case of a report; a runner that failed without a failed case counts as one failure."""
        before = len(self.failures)
        if path.exists():
            for case in ET.parse(path).getroot().iter("testcase"):
                bad = case.find("failure") is not None or case.find("error") is not None
                skipped = case.find("skipped") is not None or case.get("status") == "notrun"
                self.add(f"{case.get('classname')}.{case.get('name')}", not bad and not skipped)
        if not ok and len(self.failures) == before:
            self.failures.append(name)


def run(name: str, command: list[str], **environment: str) -> bool:
    started = time.monotonic()
    print(f"--- {name}", flush=True)
    result = subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, stdin=subprocess.DEVNULL)
    print(f"--- {name}: {'ok' if result.returncode == 0 else 'FAILED'} in {time.monotonic() - started:.0f} s", flush=True)
    return result.returncode == 0


def sanitized() -> dict[str, str]:
    return {
        "ASAN_OPTIONS": "detect_stack_use_after_return=1:strict_string_checks=1:allocator_may_return_null=1",
        "UBSAN_OPTIONS": "print_stacktrace=1",
    }


def cpp_tests(tally: Tally) -> None:
    for binary in sorted(ASAN.glob("test_*")):
        if binary.suffix or not os.access(binary, os.X_OK):
            continue
        report = REPORTS / f"{binary.name}.xml"
        ok = run(binary.name, [str(binary), f"--gtest_output=xml:{report}", "--gtest_brief=1", "--gtest_shuffle"],
                 **sanitized())
        tally.add_junit(report, ok, binary.name)


def fuzz_replay(tally: Tally) -> None:
    for binary in sorted(ASAN.glob("*_fuzz")):
        corpus = ROOT / "tests/fuzz/corpus" / binary.name.removesuffix("_fuzz")
        tally.add(binary.name, run(binary.name, [str(binary), str(corpus)], **sanitized()))


def python_tests(tally: Tally, folder: str) -> None:
    report = REPORTS / f"{folder.replace('/', '_')}.xml"
    ok = run(folder, ["/usr/bin/python3", "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", folder],
             CERTHERALD_BIN=str(ROOT / "build/release/certherald"), PYTHONPATH=str(ROOT / "tests/support"))
    tally.add_junit(report, ok, folder)


def main() -> int:
    REPORTS.mkdir(parents=True, exist_ok=True)
    for old in REPORTS.glob("*.xml"):
        old.unlink()
    tally = Tally()
    built = run("build release", ["tools/build", "release", "certherald"])
    tally.add("build release", built)
    tally.add("check", run("check", ["tools/check"]))
    sanitizers = run("build with sanitizers", ["tools/build", "asan", "all"])
    tally.add("build with sanitizers", sanitizers)
    if sanitizers:
        cpp_tests(tally)
        fuzz_replay(tally)
    if built:
        for folder in ("tools", "tests/support", "tests/integration", "tests/e2e"):
            if any((ROOT / folder).rglob("*_test.py")):
                python_tests(tally, folder)
    for failure in tally.failures:
        print(f"failed: {failure}")
    print(f"{tally.passed} passed, {len(tally.failures)} failed")
    return 1 if tally.failures else 0


if __name__ == "__main__":
    sys.exit(main())
