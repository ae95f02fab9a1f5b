"""The double of ServiceNow refuses what the real one refuses, and is silent where that one is."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import quote

import pytest

from desk import snow_query
from desk.client import Desk
from desk.snow_tables import PRIORITY, sys_id_of
from desk.talk import incident, kinds, snow

KEY = "0f" * 32


def found(desk: Desk, query: str, table: str = "incident", **more: str) -> list[dict[str, Any]]:
    parameters = {"sysparm_query": query, **more}
    answer = snow(desk, "GET", f"/table/{table}", query="&".join(f"{k}={quote(v, safe='')}" for k, v in parameters.items()))
    assert answer.status == 200, answer.raw
    return answer.json["result"]


# name, method, path, body, headers: status, message, violation
REFUSED = [
    ("no credentials", "GET", "/table/incident", None, {"Authorization": None}, 401, "User Not Authenticated", None),
    ("wrong password", "GET", "/table/incident", None,
     {"Authorization": "Basic " + base64.b64encode(b"certherald:no").decode()}, 401, "User Not Authenticated", None),
    ("no Accept", "GET", "/table/incident", None, {"Accept": None}, 400, "Accept", "accept"),
    ("wrong Accept", "GET", "/table/incident", None, {"Accept": "text/html"}, 406, "Not acceptable", "accept"),
    ("no Content-Type", "POST", "/table/incident", b"{}", {"Content-Type": None}, 400, "Content-Type", "content_type"),
    ("a form", "POST", "/table/incident", b"a=b", {"Content-Type": "application/x-www-form-urlencoded"}, 415,
     "Unsupported media type", "content_type"),
    ("no JSON", "POST", "/table/incident", b"{'a':1}", {}, 400, "Exception while reading request", "json"),
    ("a key twice", "POST", "/table/incident", b'{"state":"1","state":"2"}', {}, 400, "Exception while reading request", "json"),
    ("no object", "POST", "/table/incident", b'"x"', {}, 400, "Exception while reading request", "json"),
    ("unknown table", "GET", "/table/incidents", None, {}, 400, "Invalid table incidents", "path"),
    ("unknown path", "GET", "/tables/incident", None, {}, 400, "Requested URI does not represent any resource", "path"),
    ("unknown record", "GET", "/table/incident/" + "0" * 32, None, {}, 404, "No Record found", None),
    ("change of an unknown record", "PATCH", "/table/incident/" + "0" * 32, b"{}", {}, 404, "No Record found", None),
    ("POST to a record", "POST", "/table/incident/" + "0" * 32, b"{}", {}, 405, "Method not allowed", "method"),
    ("writing the dictionary", "POST", "/table/sys_dictionary", b"{}", {}, 403, "Operation Failed", None),
    ("v1 without a match", "GET", "/v1/table/incident", None, {}, 404, "No Record found", None),
]


@pytest.mark.parametrize(("method", "path", "body", "headers", "status", "message", "kind"), [r[1:] for r in REFUSED],
                         ids=[r[0] for r in REFUSED])
def test_refuses(desk: Desk, method: str, path: str, body: bytes | None, headers: dict[str, str | None], status: int,
                 message: str, kind: str | None) -> None:
    answer = snow(desk, method, path, text=body, headers=headers)
    assert answer.status == status
    assert message in answer.json["error"]["message"] and answer.json["status"] == "failure"
    assert kinds(desk) == ([kind] if kind else [])
    assert desk.tickets() == []


def test_create_answers_201_with_location_strings_links_and_empty_journals(desk: Desk) -> None:
    answer = snow(desk, "POST", "/table/incident", {"short_description": "s", "comments": "first", "correlation_id": KEY,
                                                    "impact": "2", "urgency": 1})
    made = answer.json["result"]
    assert answer.status == 201 and answer.headers["Location"].endswith(f"/table/incident/{made['sys_id']}")
    assert made["comments"] == "" and made["state"] == "1" and made["urgency"] == "1" and made["priority"] == "2"
    assert made["opened_by"]["value"] == sys_id_of("sys_user", "certherald") and made["caller_id"] == ""
    assert all(isinstance(v, (str, dict)) for v in made.values())
    assert desk.tickets("snow")[0]["body"] == "first" and desk.tickets("snow")[0]["key"] == KEY
    assert desk.violations() == []


# name, profile, fields, name of the field read back, its value, violation
SILENT = [
    ("unknown field dropped", {}, {"correlation": "x"}, "correlation", None, "unknown_field"),
    ("column this instance has not", {"missing_fields": ["correlation_id"]}, {"correlation_id": "x"}, "correlation_id", None, "unknown_field"),
    ("subject cut at 160", {}, {"short_description": "x" * 161}, "short_description", "x" * 160, "over_length"),
    ("correlation cut at 100", {}, {"correlation_id": "a" * 101}, "correlation_id", "a" * 100, "over_length"),
    ("length of this instance", {"length_overrides": {"correlation_id": 40}}, {"correlation_id": KEY}, "correlation_id", KEY[:40], "over_length"),
    ("priority is derived", {}, {"priority": "1"}, "priority", "5", "read_only"),
    ("unknown name kept as junk", {}, {"assignment_group": "Nobody"}, "assignment_group", "Nobody", "unknown_reference"),
    ("unknown name blanked", {"unknown_reference": "blank"}, {"assignment_group": "Nobody"}, "assignment_group", "", "unknown_reference"),
    ("choice not in its list", {}, {"contact_type": "pigeon"}, "contact_type", "pigeon", "unlisted_choice"),
    ("words for a number", {}, {"impact": "high"}, "impact", "", "type"),
    ("sys_id of ours", {}, {"sys_created_by": "me"}, "sys_created_by", "certherald", "read_only"),
]


@pytest.mark.parametrize(("profile", "fields", "name", "value", "kind"), [r[1:] for r in SILENT], ids=[r[0] for r in SILENT])
def test_is_silent(desk: Desk, profile: dict[str, Any], fields: dict[str, Any], name: str, value: Any, kind: str) -> None:
    desk.profile({"snow": profile})
    answer = snow(desk, "POST", "/table/incident", fields, query="sysparm_exclude_reference_link=true")
    assert answer.status == 201 and answer.json["result"].get(name) == value
    assert kinds(desk) == [kind]


def test_values_over_length_can_be_an_error(desk: Desk) -> None:
    desk.profile({"snow": {"over_length": "reject"}})
    assert snow(desk, "POST", "/table/incident", {"correlation_id": "a" * 101}).status == 403


def test_priorities_follow_the_matrix(desk: Desk) -> None:
    made = {(i, u): incident(desk, impact=i, urgency=u)["priority"] for i, u in PRIORITY}
    assert made == PRIORITY


@pytest.mark.parametrize(("query", "numbers"), [
    (f"correlation_id={KEY}", [1]), ("correlation_idSTARTSWITH0f", [1]), ("short_description=a^^b", [2]),
    ("short_description=a^ORshort_description=a^^b", [2, 3]), ("impact=1^NQimpact=2", [1, 2]),
    ("impactIN1,2^ORDERBYDESCnumber", [2, 1]), ("correlation_idISEMPTY^ORDERBYnumber", [2, 3]), ("impact>1", [2, 3]),
    ("short_descriptionLIKEA SUB", [1]), ("numberENDSWITH3", [3]), ("opened_by.user_name=certherald", [1, 2, 3]),
])
def test_encoded_queries(desk: Desk, query: str, numbers: list[int]) -> None:
    incident(desk, correlation_id=KEY, impact="1")
    incident(desk, short_description="a^b", impact="2")
    incident(desk, short_description="a", impact="3")
    assert [int(r["number"][-1]) for r in found(desk, query)] == numbers
    assert desk.violations() == []


def test_a_wrong_field_is_dropped_and_the_rest_answers(desk: Desk) -> None:
    incident(desk, correlation_id=KEY)
    incident(desk)
    assert len(found(desk, f"corelation_id={KEY}^active=true")) == 2
    assert kinds(desk) == ["invalid_query"]
    desk.profile({"snow": {"invalid_query": "no_rows"}})
    assert found(desk, f"corelation_id={KEY}^active=true") == []


def test_javascript_and_raw_carets_are_violations(desk: Desk) -> None:
    found(desk, "caller_id=javascript:gs.getUserID()")
    snow(desk, "GET", "/table/incident", query="sysparm_query=active=true^impact=1")
    snow(desk, "GET", "/table/incident", query="sysparm_query=active%3Dtrue&impact=1")
    assert kinds(desk) == ["javascript", "query_encoding", "query_parameter"]


def test_fields_limits_counts_and_display(desk: Desk) -> None:
    for _ in range(5):
        incident(desk)
    answer = snow(desk, "GET", "/table/incident", query="sysparm_fields=number,nonsense&sysparm_limit=2&sysparm_offset=2")
    assert [set(r) for r in answer.json["result"]] == [{"number"}, {"number"}]
    assert answer.headers["X-Total-Count"] == "5"
    assert all(f'rel="{rel}"' in answer.headers["Link"] for rel in ("first", "prev", "next", "last"))
    answer = snow(desk, "GET", "/table/incident", query="sysparm_no_count=true")
    assert "X-Total-Count" not in answer.headers
    shown = found(desk, "", sysparm_display_value="all", sysparm_fields="state,opened_by")[0]
    assert shown["state"] == {"display_value": "New", "value": "1"} and "link" in shown["opened_by"]
    assert found(desk, "", sysparm_display_value="true", sysparm_fields="state")[0] == {"state": "New"}
    assert snow(desk, "GET", "/table/incident", query="sysparm_offset=-1").status == 400


def test_journal_history_dictionary_and_choices_can_be_read(desk: Desk) -> None:
    made = incident(desk, comments="first")
    snow(desk, "PATCH", f"/table/incident/{made['sys_id']}", {"work_notes": "n [op:0a1b]"})
    snow(desk, "PATCH", f"/table/incident/{made['sys_id']}", {"work_notes": "n [op:0a1b]"})
    history = found(desk, f"element_id={made['sys_id']}^element=work_notes^valueLIKE[op:0a1b]", "sys_journal_field")
    assert [h["value"] for h in history] == ["n [op:0a1b]"] * 2
    assert found(desk, "name=task^element=correlation_id", "sys_dictionary")[0]["max_length"] == "100"
    codes = found(desk, "name=incident^element=close_code^inactive=false", "sys_choice", sysparm_fields="label,value")
    assert {"label": "Solution provided", "value": "Solution provided"} in codes
    assert [r["sys_class_name"] for r in found(desk, "active=true", "task")] == ["incident"]
    desk.profile({"snow": {"journal_readable": False, "dictionary_readable": False}})
    for table in ("sys_journal_field", "sys_dictionary", "sys_choice"):
        assert snow(desk, "GET", f"/table/{table}").status == 403


# profile, changes one after another, status of the last, fields afterwards
STATES = [
    ({}, [{"state": "6"}], 403, {"state": "1"}),
    ({}, [{"state": "6", "close_code": "Solution provided"}], 403, {"state": "1"}),
    ({}, [{"state": "6", "close_code": "Solution provided", "close_notes": "n"}], 200,
     {"state": "6", "incident_state": "6", "active": "true"}),
    ({}, [{"state": "7", "close_code": "User error", "close_notes": "n"}], 200, {"state": "7", "active": "false"}),
    ({}, [{"state": "7", "close_code": "User error", "close_notes": "n"}, {"state": "2"}], 403, {"state": "7"}),
    ({}, [{"state": "7", "close_code": "User error", "close_notes": "n"}, {"work_notes": "late"}], 403, {"state": "7"}),
    ({"closed_immutable": False}, [{"state": "7", "close_code": "User error", "close_notes": "n"}, {"state": "2"}], 200,
     {"state": "2", "active": "true", "closed_at": ""}),
    ({}, [{"state": "6", "close_code": "User error", "close_notes": "n"}, {"state": "2"}], 200, {"state": "2", "resolved_at": ""}),
    ({}, [{"state": "3"}], 403, {"state": "1"}),
    ({}, [{"state": "3", "hold_reason": "4"}], 200, {"state": "3"}),
    ({"resolve_mandatory": []}, [{"state": "6"}], 200, {"state": "6"}),
    ({}, [{"short_description": ""}], 200, {"short_description": "", "sys_mod_count": "1"}),
    ({}, [{"short_description": "a subject"}], 200, {"sys_mod_count": "0"}),
]


@pytest.mark.parametrize(("profile", "changes", "status", "after"), STATES)
def test_states(desk: Desk, profile: dict[str, Any], changes: list[dict[str, str]], status: int, after: dict[str, str]) -> None:
    desk.profile({"snow": profile})
    path = f"/table/incident/{incident(desk)['sys_id']}"
    for change in changes:
        answer = snow(desk, "PATCH", path, change)
    assert answer.status == status
    now = snow(desk, "GET", path).json["result"]
    assert {k: now[k] for k in after} == after
    assert desk.violations() == []


def test_rate_limits_have_headers_and_basic_auth_may_be_restricted(desk: Desk) -> None:
    assert not [h for h in snow(desk, "GET", "/table/incident").headers if h.startswith("X-RateLimit")]
    desk.profile({"snow": {"rate_limit_per_hour": 1}})
    assert snow(desk, "GET", "/table/incident").headers["X-RateLimit-Limit"] == "1"
    answer = snow(desk, "GET", "/table/incident")
    assert answer.status == 429 and 0 <= int(answer.headers["Retry-After"]) <= 3600
    desk.advance(3600)
    assert snow(desk, "GET", "/table/incident").status == 200
    desk.profile({"snow": {"basic_auth_restricted": True}})
    assert snow(desk, "GET", "/table/incident").status == 401


def test_names_resolve_where_asked_and_mandatory_fields_refuse(desk: Desk) -> None:
    answer = snow(desk, "POST", "/table/incident", {"assignment_group": "Network"}, query="sysparm_input_display_value=true")
    assert answer.json["result"]["assignment_group"]["value"] == sys_id_of("sys_user_group", "Network")
    desk.profile({"snow": {"insert_mandatory": ["caller_id", "comments"]}})
    answer = snow(desk, "POST", "/table/incident", {"comments": "c"})
    assert answer.status == 403 and answer.json["error"]["detail"].endswith("mandatory: Caller")


def test_delete_and_other_tables(desk: Desk) -> None:
    path = f"/table/incident/{incident(desk)['sys_id']}"
    assert snow(desk, "DELETE", path).status == 403
    desk.profile({"snow": {"delete_allowed": True, "sn_si_installed": False}})
    answer = snow(desk, "DELETE", path)
    assert (answer.status, answer.raw) == (204, b"")
    assert snow(desk, "GET", path).status == 404
    assert snow(desk, "GET", "/table/sn_si_incident").status == 400
    desk.profile({})
    assert snow(desk, "POST", "/table/sn_si_incident", {"short_description": "s"}).json["result"]["state"] == "10"


@pytest.mark.parametrize(("text", "parts"), [
    ("a=1^b=2", ["a=1", "b=2"]), ("a=1^^2", ["a=1^2"]), ("a=^^^b=1", ["a=^", "b=1"]), ("", []), ("^^", ["^"]),
])
def test_carets_split_and_double(text: str, parts: list[str]) -> None:
    assert snow_query.split(text) == parts
