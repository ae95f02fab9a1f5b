"""ServiceDesk Plus, on-premises, API v3: the key first, then the route, then input_data, then the work."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from desk.profile import SdpProfile
from desk.sdp_closing import Closing
from desk.sdp_fields import named
from desk.sdp_notes import Notes
from desk.sdp_requests import Requests
from desk.sdp_wire import Gate, SdpError, done, many, not_found, read_input, unwrap
from desk.store import Store
from desk.wire import Call, Reply

_BASE = "/api/v3"
_LOOKUPS = {  # list of names: the field whose values it shows
    "priorities": "priority", "statuses": "status", "modes": "mode", "levels": "level", "urgencies": "urgency",
    "impacts": "impact", "categories": "category", "subcategories": "subcategory", "items": "item",
    "support_groups": "group", "sites": "site", "request_types": "request_type", "request_templates": "template",
    "closure_codes": "closure_code",
}
_ONE = r"/requests/(\d{1,18})"


class Sdp:
    def __init__(self, profile: SdpProfile, store: Store) -> None:
        self.profile, self.gate = profile, Gate(profile)
        requests = Requests(profile, store)
        notes, closing = Notes(profile, store, requests), Closing(profile, store, requests)
        self._routes: list[tuple[str, str, Callable[..., Reply]]] = [
            ("GET", "/requests", requests.list), ("POST", "/requests", requests.create),
            ("GET", _ONE, requests.get), ("PUT", _ONE, requests.update), ("DELETE", _ONE, requests.delete),
            ("PUT", f"{_ONE}/pickup", requests.pickup), ("PUT", f"{_ONE}/assign", requests.assign),
            ("PUT", f"{_ONE}/merge_requests", requests.merge), ("GET", f"{_ONE}/summary", requests.summary),
            ("DELETE", f"{_ONE}/move_to_trash", requests.trash),
            ("PUT", f"{_ONE}/restore_from_trash", requests.restore),
            ("GET", f"{_ONE}/notes", notes.list), ("POST", f"{_ONE}/notes", notes.add),
            ("GET", f"{_ONE}/notes/(\\d{{1,18}})", notes.get), ("PUT", f"{_ONE}/notes/(\\d{{1,18}})", notes.edit),
            ("DELETE", f"{_ONE}/notes/(\\d{{1,18}})", notes.drop),
            ("GET", f"{_ONE}/resolutions", closing.resolution), ("POST", f"{_ONE}/resolutions", closing.resolve),
            ("PUT", f"{_ONE}/resolutions", closing.resolve), ("PUT", f"{_ONE}/close", closing.close),
            ("GET", f"/({'|'.join(_LOOKUPS)})", self._lookup), ("GET", "/(users|technicians)", self._people),
        ]

    def handle(self, call: Call) -> Reply:
        try:
            self.gate.check(call)
            return self._dispatch(call)
        except SdpError as error:
            return error.reply()

    def _dispatch(self, call: Call) -> Reply:
        path = call.path.removeprefix(_BASE) if call.path.startswith(_BASE + "/") else ""
        methods = {method: (handler, match) for method, pattern, handler in self._routes
                   if (match := re.fullmatch(pattern, path))}
        if not methods:
            call.violation("path", call.path[:200])
            raise not_found()
        if call.method not in methods:
            call.violation("method", f"{call.method} {call.path}")
            raise SdpError(self.profile.wrong_method_code, "Invalid HTTP method")
        kind = call.headers.get("Content-Type", "")
        if "json" in kind and self.profile.raw_json == "swallow":
            call.violation("not_a_form", kind)
            return done()
        handler, match = methods[call.method]
        return handler(call, read_input(call, self.profile), *match.groups())

    def _lookup(self, call: Call, data: Any, plural: str) -> Reply:
        field = _LOOKUPS[plural]
        return _page(call, data, plural, [named(self.profile, field, name) for name in self.profile.values[field]])

    def _people(self, call: Call, data: Any, plural: str) -> Reply:
        return _page(call, data, plural, self.profile.technicians if plural == "technicians" else self.profile.requesters)


def _page(call: Call, data: Any, plural: str, rows: list[Any]) -> Reply:
    if data is not None:
        unwrap(call, data, "list_info")
    return many(plural, rows, {"has_more_rows": False, "start_index": 1, "page": 1, "row_count": len(rows)})
