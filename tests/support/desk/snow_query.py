"""Encoded queries of ServiceNow: terms joined by ^, ^OR and ^NQ, a caret doubled inside a value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Read = Callable[[dict[str, Any], str], str]     # a record, a column: its text
Known = Callable[[str], bool]

# Longest first where one is the beginning of another.
_OPERATORS = ("ISNOTEMPTY", "STARTSWITH", "ENDSWITH", "NOT LIKE", "NOT IN", "ISEMPTY", "BETWEEN", "NOTLIKE",
              "LIKE", "SAMEAS", "ANYTHING", "!=", ">=", "<=", "IN", "=", ">", "<")
_WITHOUT_VALUE = ("ISNOTEMPTY", "ISEMPTY", "ANYTHING")


@dataclass
class Term:
    column: str
    operator: str
    value: str
    alternative: bool = False      # joined to the one before it by ^OR


@dataclass
class Query:
    groups: list[list[Term]] = field(default_factory=lambda: [[]])     # any of them, by ^NQ
    order: list[tuple[str, bool]] = field(default_factory=list)        # column, descending
    dropped: list[str] = field(default_factory=list)                   # parts the instance ignores without a word
    javascript: bool = False


def split(text: str) -> list[str]:
    parts, current, position = [], "", 0
    while position < len(text):
        if text[position] != "^":
            current += text[position]
            position += 1
        elif text[position:position + 2] == "^^":
            current += "^"
            position += 2
        else:
            parts.append(current)
            current = ""
            position += 1
    parts.append(current)
    return [p for p in parts if p]


def _term(part: str) -> Term | None:
    length = 0
    while length < len(part) and (part[length].islower() or part[length].isdigit() or part[length] in "_."):
        length += 1
    column, rest = part[:length], part[length:]
    for operator in _OPERATORS:
        if rest.startswith(operator):
            value = rest[len(operator):]
            if operator in _WITHOUT_VALUE and value:
                return None
            return Term(column, operator, value) if column else None
    return None


def parse(text: str, known: Known) -> Query:
    query = Query()
    for part in split(text):
        if part == "EQ":
            continue
        if part.startswith("ORDERBY"):
            descending = part.startswith("ORDERBYDESC")
            column = part[len("ORDERBYDESC" if descending else "ORDERBY"):]
            query.order += [(column, descending)] if known(column) else []
            query.dropped += [] if known(column) else [part]
            continue
        if part.startswith("NQ"):
            query.groups.append([])
            part = part[2:]
        alternative = part.startswith("OR")
        term = _term(part[2:] if alternative else part)
        if term is None or not known(term.column):
            query.dropped.append(part)
            continue
        query.javascript |= term.value.lstrip().lower().startswith("javascript:")
        term.alternative = alternative and bool(query.groups[-1])
        query.groups[-1].append(term)
    return query


def _compare(have: str, want: str) -> int:
    try:
        a, b = float(have), float(want)
        return (a > b) - (a < b)
    except ValueError:
        return (have > want) - (have < want)


def _holds(term: Term, have: str) -> bool:
    low, want = have.lower(), term.value.lower()      # the database's collation ignores case
    match term.operator:
        case "=":
            return low == want
        case "SAMEAS" | "ANYTHING":
            return True
        case "!=":
            return low != want
        case "LIKE":
            return want in low
        case "NOT LIKE" | "NOTLIKE":
            return want not in low
        case "STARTSWITH":
            return low.startswith(want)
        case "ENDSWITH":
            return low.endswith(want)
        case "IN":
            return low in want.split(",")
        case "NOT IN":
            return low not in want.split(",")
        case "ISEMPTY":
            return not have
        case "ISNOTEMPTY":
            return bool(have)
        case "BETWEEN":
            first, _, last = term.value.partition("@")
            return _compare(have, first) >= 0 and _compare(have, last) <= 0
    result = _compare(have, term.value)
    return {">": result > 0, "<": result < 0, ">=": result >= 0, "<=": result <= 0}[term.operator]


def _group_holds(terms: list[Term], record: dict[str, Any], read: Read) -> bool:
    result = True
    position = 0
    while position < len(terms):
        any_of = _holds(terms[position], read(record, terms[position].column))
        position += 1
        while position < len(terms) and terms[position].alternative:
            any_of = any_of or _holds(terms[position], read(record, terms[position].column))
            position += 1
        result = result and any_of
        if not result:
            return False
    return result


def select(query: Query, records: list[dict[str, Any]], read: Read) -> list[dict[str, Any]]:
    found = [r for r in records if any(_group_holds(g, r, read) for g in query.groups)]
    for column, descending in reversed(query.order):
        found.sort(key=lambda r: _sort_key(read(r, column)), reverse=descending)
    return found


def _sort_key(text: str) -> tuple[int, float, str]:
    return (0, float(text), "") if text.isdigit() else (1, 0.0, text.lower())
