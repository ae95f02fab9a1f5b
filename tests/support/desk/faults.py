"""Faults that tests and kill runs ask for.

A script is a list of {"match": {...}, "times": n, "action": name, ...}; the first rule that matches acts.
Or {"random": {"seed": n, "rate": 0..1, "actions": [...], "methods": [...]}} for runs without a plan.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from typing import Any

# Actions that answer instead of the system: nothing is made.
BEFORE = ("drop_before_commit", "html_200", "hibernate", "status_429", "status_500", "status_503", "redirect_302")
# Actions that spoil the answer of a request that was carried out.
AFTER = ("drop_after_commit", "status_500_after_commit", "truncate", "bad_json", "slow_body", "mixed_result_error",
         "empty_200")
ACTIONS = BEFORE + AFTER + ("delay",)
_MATCH_KEYS = {"system", "method", "path_regex", "body_regex", "nth"}
_RULE_KEYS = {"match", "times", "action", "ms", "retry_after", "location", "after_commit"}


class FaultError(ValueError):
    pass


@dataclass
class Fault:
    action: str
    ms: int = 1000                    # delay, slow_body: the whole time
    retry_after: str | None = None    # seconds or an HTTP date; none: no such header
    location: str = ""                # none: a path of this desk, so that following it shows in the journal
    after_commit: bool = False        # lets an answering action act although the request was carried out


@dataclass
class _Rule:
    fault: Fault
    match: dict[str, Any]
    times: int | None                 # None: for ever
    seen: int = 0

    def hits(self, system: str, method: str, path: str, body: str) -> bool:
        m = self.match
        if m.get("system") not in (None, system) or m.get("method") not in (None, method):
            return False
        if "path_regex" in m and not re.search(m["path_regex"], path):
            return False
        if "body_regex" in m and not re.search(m["body_regex"], body):
            return False
        self.seen += 1
        if "nth" in m and self.seen != m["nth"]:
            return False
        if self.times == 0:
            return False
        if self.times is not None:
            self.times -= 1
        return True


def _checked(rule: dict[str, Any]) -> _Rule:
    unknown = set(rule) - _RULE_KEYS | set(rule.get("match", {})) - _MATCH_KEYS
    if unknown:
        raise FaultError(f"unknown key: {', '.join(sorted(unknown))}")
    action = rule.get("action")
    if action not in ACTIONS:
        raise FaultError(f"action must be one of {', '.join(ACTIONS)}")
    options: dict[str, Any] = {k: rule[k] for k in ("ms", "location", "after_commit") if k in rule}
    if rule.get("retry_after") is not None:
        options["retry_after"] = str(rule["retry_after"])
    return _Rule(Fault(action, **options), rule.get("match", {}), rule.get("times", 1))


@dataclass
class _Random:
    seed: int
    rate: float
    actions: list[str]
    methods: list[str] = field(default_factory=list)
    ms: int = 200
    retry_after: str | None = "1"

    def __post_init__(self) -> None:
        if not set(self.actions) <= set(ACTIONS) or not self.actions:
            raise FaultError(f"actions must be some of {', '.join(ACTIONS)}")
        self.source = random.Random(self.seed)

    def pick(self, method: str) -> Fault | None:
        if self.methods and method not in self.methods:
            return None
        if self.source.random() >= self.rate:
            return None
        return Fault(self.source.choice(self.actions), ms=self.ms, retry_after=self.retry_after)


class Faults:
    def __init__(self) -> None:
        self._rules: list[_Rule] = []
        self._random: _Random | None = None
        self.applied: dict[str, int] = {}

    def load(self, script: Any) -> None:
        """A list adds rules; an object with `random` sets the mode. All of it or nothing."""
        if isinstance(script, list):
            self._rules += [_checked(rule) for rule in script]
            return
        if not isinstance(script, dict) or set(script) - {"rules", "random"}:
            raise FaultError('a list of rules, or {"rules": [...], "random": {...}}')
        rules = [_checked(rule) for rule in script.get("rules", [])]
        try:
            mode = _Random(**script["random"]) if script.get("random") else self._random
        except TypeError as error:
            raise FaultError(str(error)) from error
        self._rules += rules
        self._random = mode

    def clear(self) -> None:
        self._rules.clear()
        self._random = None
        self.applied.clear()

    def pick(self, system: str, method: str, path: str, body: str) -> Fault | None:
        for rule in self._rules:
            if rule.hits(system, method, path, body):
                return self._count(rule.fault)
        return self._count(self._random.pick(method)) if self._random else None

    def _count(self, fault: Fault | None) -> Fault | None:
        if fault:
            self.applied[fault.action] = self.applied.get(fault.action, 0) + 1
        return fault

    def left(self) -> list[dict[str, Any]]:
        return [{"action": r.fault.action, "match": r.match, "times": r.times, "seen": r.seen} for r in self._rules]
