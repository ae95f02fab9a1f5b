"""Fields of a ServiceDesk Plus request: what may be sent, in which form, and how it reads back."""

from __future__ import annotations

import re
from typing import Any

from desk import markup
from desk.profile import SdpProfile
from desk.sdp_wire import SdpError, extra_key, invalid
from desk.store import Ticket, display_time
from desk.wire import Call

REFERENCES = ("priority", "status", "mode", "level", "urgency", "impact", "category", "subcategory", "item", "group",
              "site", "request_type", "template", "service_category", "sla")
PEOPLE = ("requester", "technician")
DATES = ("due_by_time", "first_response_due_by_time")
TEXTS = ("subject", "description", "impact_details", "update_reason", "status_change_comments")
READ_ONLY = ("id", "created_time", "created_by", "display_id", "is_overdue", "has_notes", "completed_time",
             "last_updated_time", "is_trashed", "short_description", "time_elapsed", "has_attachments")
LISTS = ("configuration_items", "assets")
WRITABLE = (*TEXTS, *REFERENCES, *PEOPLE, *DATES, *LISTS, "udf_fields", "email_ids_to_notify")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x80-\x9f]")


def named(profile: SdpProfile, field: str, name: str) -> dict[str, str]:
    return {"name": name, "id": str(profile.values[field].index(name) + 1)}


def _reference(call: Call, profile: SdpProfile, field: str, value: Any) -> dict[str, str] | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        call.violation("bare_reference", f"{field} is not an object")
        raise invalid(field, f"Unable to parse JSON for : {field}")
    for key in value:
        if key not in ("id", "name"):
            raise extra_key(call, key, field)
    names = profile.values.get(field, [])
    for name in names:
        known = named(profile, field, name)
        if value and all(known[k] == v for k, v in value.items()):
            return known
    raise invalid(field)


def _person(call: Call, profile: SdpProfile, field: str, value: Any) -> dict[str, Any] | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        call.violation("bare_reference", f"{field} is not an object")
        raise invalid(field, f"Unable to parse JSON for : {field}")
    for key in value:
        if key not in ("id", "name", "email_id"):
            raise extra_key(call, key, field)
    people = profile.technicians if field == "technician" else profile.requesters + profile.technicians
    if field == "technician" and "email_id" in value and not profile.technician_by_email:
        raise invalid(field)
    for person in people:
        if value and all(str(person.get(k, "")).lower() == str(v).lower() for k, v in value.items()):
            return {**person, "phone": "", "mobile": "", "is_vipuser": False, "department": None}
    raise invalid(field)


def _date(call: Call, field: str, value: Any) -> dict[str, str] | None:
    if value is None:
        return None
    ok = isinstance(value, dict) and set(value) == {"value"} and re.fullmatch(r"-?\d{1,16}", str(value["value"]))
    if not ok:
        call.violation("date_form", field)
        raise invalid(field, f"Unable to parse JSON for : {field}")
    return {"display_value": display_time(int(value["value"])), "value": str(value["value"])}


def _text(call: Call, profile: SdpProfile, field: str, value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        call.violation("type", f"{field} is not a string")
        raise invalid(field, f"Unable to parse JSON for : {field}")
    if field == "description":
        for problem in markup.problems(value):
            call.violation("markup", problem)
        return markup.stored(value)
    if field == "subject":
        return _subject(call, profile, value)
    if len(value) > 250 and field == "impact_details":
        raise invalid(field)
    return value


def _subject(call: Call, profile: SdpProfile, value: str) -> str:
    if "\n" in value or "\r" in value:
        call.violation("subject_newline", value[:80])
        raise invalid("subject")
    if _CONTROL.search(value):
        call.violation("subject_control", repr(value[:80]))
    if len(value) > 250:
        call.violation("subject_length", str(len(value)))
        if profile.subject_over_250 == "reject":
            raise invalid("subject", "Subject cannot have more than 250 characters")
        return value[:250]
    return value


def _udf(call: Call, profile: SdpProfile, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise invalid("udf_fields", "Unable to parse JSON for : udf_fields")
    for name, item in value.items():
        if name not in profile.udf_fields:
            raise extra_key(call, name, "udf_fields")
        if item is None:
            continue
        if not isinstance(item, str):
            raise invalid(name, f"Unable to parse JSON for : {name}")
        if len(item) > profile.udf_length:
            call.violation("udf_length", f"{name}: {len(item)}")
            raise invalid(name)
        allowed = profile.udf_fields[name]
        if allowed and item not in allowed:
            raise invalid(name)
    return value


def _list(call: Call, field: str, value: Any) -> list[Any]:
    form = str if field == "email_ids_to_notify" else dict
    if not isinstance(value, list) or not all(isinstance(v, form) for v in value):
        raise invalid(field, f"Unable to parse JSON for : {field}")
    for item in value:
        for key in item if form is dict else ():
            if key not in ("id", "name"):
                raise extra_key(call, key, field)
    return value


def read_fields(call: Call, profile: SdpProfile, data: dict[str, Any]) -> dict[str, Any]:
    """What a payload means. Refuses in the order a server would: keys, permissions, then values."""
    for key in data:
        if key in READ_ONLY:
            call.violation("read_only", key)
            raise SdpError(4014, "Read only field", field=key)
        if key not in WRITABLE:
            raise extra_key(call, key, "request")
    for key in data:
        if key in profile.refused_fields:
            raise SdpError(4002, f"Cannot give value for {key}", http=403, field=key)
        if key in profile.not_on_form:
            raise invalid(key)
    result: dict[str, Any] = {}
    for key, value in data.items():
        if key in REFERENCES:
            result[key] = _reference(call, profile, key, value)
        elif key in PEOPLE:
            result[key] = _person(call, profile, key, value)
        elif key in DATES:
            result[key] = _date(call, key, value)
        elif key == "udf_fields":
            result[key] = _udf(call, profile, value)
        elif key in LISTS or key == "email_ids_to_notify":
            result[key] = _list(call, key, value)
        else:
            result[key] = _text(call, profile, key, value)
    if "description" in result:
        result["short_description"] = markup.plain(result["description"]).replace("\n", " ")[:250]
    return result


def check_whole(profile: SdpProfile, fields: dict[str, Any]) -> None:
    """Rules of the form, over the request as it would be."""
    missing = [name for name in profile.mandatory if _empty(fields, name)]
    if profile.subcategory_with_category and fields.get("category") and not fields.get("subcategory"):
        missing += [] if "subcategory" in missing else ["subcategory"]
    if missing:
        raise SdpError(4012, fields=missing)
    if profile.technician_needs_category and fields.get("technician"):
        if not fields.get("category") or not fields.get("subcategory"):
            raise invalid("technician")
    status = (fields.get("status") or {}).get("name")
    if status in profile.status_comment_required and not fields.get("status_change_comments"):
        raise SdpError(4012, fields=["status_change_comments"])


def _empty(fields: dict[str, Any], name: str) -> bool:
    if name.startswith("udf_"):
        return not fields.get("udf_fields", {}).get(name)
    if name == "description":
        return not markup.plain(fields.get(name))
    return not fields.get(name)


def _time(ms: int) -> dict[str, str]:
    return {"display_value": display_time(ms), "value": str(ms)}


def full(profile: SdpProfile, ticket: Ticket) -> dict[str, Any]:
    """A request as GET, POST and PUT return it."""
    result: dict[str, Any] = {name: None for name in (*REFERENCES, *PEOPLE, *DATES, "impact_details")}
    result |= {"configuration_items": [], "assets": [], "email_ids_to_notify": [], "attachments": []}
    result |= ticket.fields
    result["udf_fields"] = {name: None for name in profile.udf_fields} | ticket.fields.get("udf_fields", {})
    result.setdefault("short_description", None)
    result["resolution"] = {"content": None, "resolution_attachments": [], **ticket.fields.get("resolution", {})}
    result |= {
        "id": ticket.id, "display_id": ticket.id, "created_time": _time(ticket.created_ms),
        "last_updated_time": _time(ticket.updated_ms) if len(ticket.history) > 1 else None,
        "is_trashed": ticket.trashed, "has_notes": bool(ticket.notes), "is_overdue": False, "time_elapsed": None,
        "is_service_request": False, "has_attachments": False,
        "created_by": next((p for p in profile.requesters if p["name"] == "Certherald"), None),
    }
    result.pop("update_reason", None)
    return result
