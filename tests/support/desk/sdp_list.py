"""Lists of ServiceDesk Plus: a view with few fields, paging, and a search that drops what the view has not."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from desk.profile import SdpProfile
from desk.sdp_fields import DATES, PEOPLE, REFERENCES, full
from desk.sdp_wire import SdpError, extra_key, invalid
from desk.store import Ticket
from desk.wire import Call

VIEW = ("id", "requester", "template", "short_description", "created_time", "subject", "time_elapsed", "is_overdue",
        "technician", "priority", "created_by", "due_by_time", "site", "is_service_request", "status", "group")
COLUMNS = {*VIEW, *REFERENCES, *PEOPLE, *DATES, "description", "udf_fields", "last_updated_time", "display_id",
           "completed_time", "has_notes", "is_trashed", "impact_details", "resolution", "has_attachments"}
_DATE_COLUMNS = {*DATES, "created_time", "last_updated_time", "completed_time"}
_KEYS = {"row_count", "start_index", "page", "sort_field", "sort_order", "get_total_count", "search_criteria",
         "fields_required", "search_fields", "filter_by"}
_CRITERION_KEYS = {"field", "condition", "value", "values", "logical_operator", "children"}

Test = Callable[[Ticket], bool]


def _same(value: Any) -> Any:
    return value if value is None else str(value)


def _folded(value: Any) -> Any:
    return value if value is None else str(value).lower()


def _number(text: Any) -> float | None:
    try:
        return float(text)
    except (TypeError, ValueError):
        return None


def _order(test: Callable[[float, float], bool]) -> Callable[[Any, list[Any]], bool]:
    def compare(have: Any, want: list[Any]) -> bool:
        a, b = _number(have), _number(want[0])
        return a is not None and b is not None and test(a, b)
    return compare


def _between(have: Any, want: list[Any]) -> bool:
    a, low, high = _number(have), _number(want[0]), _number(want[-1])
    return a is not None and low is not None and high is not None and low <= a <= high


def _text(test: Callable[[str, str], bool]) -> Callable[[Any, list[Any]], bool]:
    return lambda have, want: any(test(str(have or ""), str(w)) for w in want)


_CONDITIONS: dict[str, Callable[[Any, list[Any]], bool]] = {}
for _names, _test in (
    (("is", "=", "eq"), lambda have, want: have in want),
    (("is not", "!=", "neq"), lambda have, want: have not in want),
    (("greater than", "gt"), _order(lambda a, b: a > b)),
    (("greater or equal", "gte"), _order(lambda a, b: a >= b)),
    (("lesser than", "lt"), _order(lambda a, b: a < b)),
    (("lesser or equal", "lte"), _order(lambda a, b: a <= b)),
    (("between",), _between),
    (("not between",), lambda have, want: not _between(have, want)),
    (("starts with",), _text(str.startswith)),
    (("ends with",), _text(str.endswith)),
    (("contains",), _text(lambda a, b: b in a)),
    (("not contains",), lambda have, want: not any(str(w) in str(have or "") for w in want)),
):
    _CONDITIONS |= dict.fromkeys(_names, _test)


def _at(row: dict[str, Any], path: str) -> Any:
    value: Any = row
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    if isinstance(value, dict):
        value = value.get("value", value.get("name"))
    return value


class Lister:
    def __init__(self, call: Call, profile: SdpProfile, info: dict[str, Any]) -> None:
        self._call, self._profile, self._info = call, profile, info
        for key in info:
            if key not in _KEYS:
                raise extra_key(call, key, "list_info")
        self._required = self._fields_required()
        self._visible = {f.split(".")[0] for f in self._required} or set(VIEW)

    def _fields_required(self) -> list[str]:
        required = self._info.get("fields_required", [])
        if not isinstance(required, list) or not all(isinstance(f, str) for f in required):
            raise invalid("fields_required")
        unknown = [f for f in required if not self._is_column(f)]
        if unknown:
            raise SdpError(4001, "Invalid Input", fields=unknown)
        return required

    def _is_column(self, path: str) -> bool:
        base, _, rest = path.partition(".")
        if base == "udf_fields" and rest:
            return rest in self._profile.udf_fields
        return base in COLUMNS

    def _seen(self, path: str, what: str) -> bool:
        """False where the server drops `what` without a word."""
        if not self._is_column(path):
            raise SdpError(4001, "Invalid Input", fields=[path])
        base = path.split(".")[0]
        # Asking for a field adds it to the view for searching; the default columns stay searchable.
        if base in VIEW or base in self._visible:
            return True
        if base == "udf_fields" and not self._profile.udf_search_needs_fields_required:
            return True
        self._call.violation("silent_search", f"{what} on {path}, which the view has not: dropped")
        return False

    def _value(self, ticket: Ticket, path: str) -> Any:
        # The short way keeps a search over 100,000 tickets quick.
        own = path.split(".")[0] in ticket.fields
        return _at(ticket.fields if own else full(self._profile, ticket), path)

    def _criterion(self, item: Any) -> Test | None:
        if not isinstance(item, dict):
            raise invalid("search_criteria", "Unable to parse JSON for : search_criteria")
        for key in item:
            if key not in _CRITERION_KEYS:
                raise extra_key(self._call, key, "search_criteria")
        path, condition = item.get("field"), item.get("condition")
        if not isinstance(path, str) or condition not in _CONDITIONS:
            raise invalid("search_criteria")
        want = item["values"] if "values" in item else [item.get("value")]
        if not isinstance(want, list) or not want:
            raise invalid("search_criteria")
        test: Test | None = None
        if self._seen(path, "search"):
            compare = _CONDITIONS[condition]
            fold = _same if self._profile.search_case_sensitive else _folded
            folded = [fold(w) for w in want]
            test = lambda ticket: compare(fold(self._value(ticket, path)), folded)  # noqa: E731
        children = item.get("children")
        return self._join(test, children) if children else test

    def _join(self, first: Test | None, items: list[Any]) -> Test | None:
        result = first
        for item in items:
            operator = item.get("logical_operator") if isinstance(item, dict) else None
            if operator not in ("AND", "OR"):
                self._call.violation("logical_operator", "missing after the first criterion")
                raise invalid("logical_operator")
            test = self._criterion(item)
            result = self._combine(result, test, operator)
        return result

    @staticmethod
    def _combine(a: Test | None, b: Test | None, operator: str) -> Test | None:
        if a is None or b is None:
            return a or b
        if operator == "AND":
            return lambda ticket: a(ticket) and b(ticket)
        return lambda ticket: a(ticket) or b(ticket)

    def _search(self) -> Test | None:
        criteria = self._info.get("search_criteria")
        if criteria is None:
            return self._search_fields()
        items = criteria if isinstance(criteria, list) else [criteria]
        if not items:
            return None
        dated = any(isinstance(i, dict) and str(i.get("field", "")).split(".")[0] in _DATE_COLUMNS for i in items)
        if len(items) > 1 and dated and self._profile.search_multi_with_date == "refuse":
            raise invalid("search_criteria")
        return self._join(self._criterion(items[0]), items[1:])

    def _search_fields(self) -> Test | None:
        fields = self._info.get("search_fields") or {}
        if not isinstance(fields, dict):
            raise invalid("search_fields")
        result: Test | None = None
        for path, value in fields.items():
            test = self._criterion({"field": path, "condition": "contains", "value": value})
            result = self._combine(result, test, "AND")
        return result

    def _integer(self, name: str, default: int) -> int:
        value = self._info.get(name, default)
        if isinstance(value, str) and value.isdigit():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise invalid(name)
        return value

    def _window(self) -> tuple[int, int]:
        count = self._integer("row_count", 10)
        if count > 100:
            self._call.violation("row_count", str(count))
            if self._profile.row_count_over_100 == "reject":
                raise invalid("row_count")
            count = 100
        if "page" in self._info and "start_index" not in self._info:
            return count, (max(1, self._integer("page", 1)) - 1) * count + 1
        return count, max(1, self._integer("start_index", 1))

    def _sorted(self, tickets: list[Ticket]) -> list[Ticket]:
        field, order = self._info.get("sort_field"), self._info.get("sort_order", "asc")
        if order not in ("asc", "desc"):
            raise invalid("sort_order")
        if field is not None and self._seen(str(field), "sort"):
            def key(t: Ticket) -> tuple[float, str]:
                value = self._value(t, str(field))
                number = _number(value)
                return (number if number is not None else float("inf"), str(value or ""))
            return sorted(tickets, key=key, reverse=order == "desc")
        if self._profile.list_order == "newest":
            return tickets[::-1]
        if self._profile.list_order == "shuffled":
            random.Random(len(tickets)).shuffle(tickets)
        return tickets

    def run(self, tickets: list[Ticket]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        count, start = self._window()
        test = self._search()
        if test is not None:
            tickets = [t for t in tickets if test(t)]
        tickets = self._sorted(tickets)
        page = tickets[start - 1:start - 1 + count]
        info: dict[str, Any] = {"has_more_rows": len(tickets) > start - 1 + count, "start_index": start,
                                "page": (start - 1) // count + 1 if count else 1, "row_count": len(page)}
        if self._info.get("get_total_count"):
            info |= {"total_count": len(tickets), "get_total_count": "true"}
        return [self._row(t) for t in page], info

    def _row(self, ticket: Ticket) -> dict[str, Any]:
        row = full(self._profile, ticket)
        if not self._required:
            return {name: row.get(name) for name in VIEW}
        return {"id": row["id"]} | {f.split(".")[0]: row.get(f.split(".")[0]) for f in self._required}
