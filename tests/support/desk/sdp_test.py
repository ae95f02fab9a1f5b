"""The double of ServiceDesk Plus refuses what the real one refuses, and is silent where that one is."""

from __future__ import annotations

from typing import Any

import pytest

from desk.client import SDP_TOKEN, Desk
from desk.talk import input_data, kinds, request, sdp

KEY = "0f" * 32


def create(**fields: Any) -> dict[str, Any]:
    return {"request": {"subject": "s", **fields}}


# name, profile, payload of a create: HTTP status, diagnostic code, violation
REFUSED_PAYLOADS = [
    ("no subject", {}, {"request": {"description": "d"}}, 400, 4012, None),
    ("subject with a newline", {}, create(subject="a\nb"), 400, 4001, "subject_newline"),
    ("subject of 251", {}, create(subject="x" * 251), 400, 4001, "subject_length"),
    ("unknown key", {}, create(sujet="x"), 400, 4001, "extra_key"),
    ("two wrappers", {}, {"request": {"subject": "s"}, "note": {}}, 400, 4001, "extra_key"),
    ("wrong wrapper", {}, {"requests": {"subject": "s"}}, 400, 4001, "extra_key"),
    ("email instead of email_id", {}, create(requester={"email": "svc.cert@example.com"}), 400, 4001, "extra_key"),
    ("unknown requester", {}, create(requester={"email_id": "nobody@example.com"}), 400, 4001, None),
    ("bare string for a reference", {}, create(priority="High"), 400, 4001, "bare_reference"),
    ("bare string for a person", {}, create(requester="Certherald"), 400, 4001, "bare_reference"),
    ("value that the instance has not", {}, create(priority={"name": "Urgent!"}), 400, 4001, None),
    ("read-only field", {}, create(created_time={"value": "1"}), 400, 4014, "read_only"),
    ("unknown UDF", {}, create(udf_fields={"udf_sline_999": "x"}), 400, 4001, "extra_key"),
    ("UDF over its length", {}, create(udf_fields={"udf_sline_301": "x" * 251}), 400, 4001, "udf_length"),
    ("UDF value not in its list", {}, create(udf_fields={"udf_pick_303": "Maybe"}), 400, 4001, None),
    ("ISO date", {}, create(due_by_time={"value": "2026-12-24"}), 400, 4001, "date_form"),
    ("subcategory after category", {}, create(category={"name": "Security"}), 400, 4012, None),
    ("number as subject", {}, create(subject=7), 400, 4001, "type"),
    ("priority owned by a rule", {"refused_fields": ["priority"]}, create(priority={"name": "High"}), 403, 4002, None),
    ("field not on the form", {"not_on_form": ["urgency"]}, create(urgency={"name": "High"}), 400, 4001, None),
    ("mandatory fields", {"mandatory": ["subject", "description", "requester"]}, create(), 400, 4012, None),
    ("mandatory UDF", {"mandatory": ["udf_pick_303"]}, create(), 400, 4012, None),
    ("technician by email", {"technician_by_email": False},
     create(technician={"email_id": "jeniffer@example.com"}), 400, 4001, None),
    ("technician without category", {"technician_needs_category": True},
     create(technician={"name": "Jeniffer Doe"}), 400, 4001, None),
    ("status that demands a comment", {"status_comment_required": ["On Hold"]},
     create(status={"name": "On Hold"}), 400, 4012, None),
]


@pytest.mark.parametrize(("profile", "payload", "status", "code", "kind"), [r[1:] for r in REFUSED_PAYLOADS],
                         ids=[r[0] for r in REFUSED_PAYLOADS])
def test_refuses_payloads(desk: Desk, profile: dict[str, Any], payload: Any, status: int, code: int, kind: str | None) -> None:
    desk.profile({"sdp": profile})
    answer = sdp(desk, "POST", "/requests", payload)
    assert (answer.status, answer.sdp_code) == (status, code)
    assert answer.json["response_status"]["status_code"] == 4000
    assert desk.tickets() == []
    assert kinds(desk) == ([kind] if kind else [])


GOOD = input_data(create())
# name, body, more headers: HTTP status, violation
REFUSED_BODIES = [
    ("raw JSON", '{"request":{"subject":"s"}}', {"Content-Type": "application/json"}, 400, "not_a_form"),
    ("raw JSON that says it is a form", '{"request":{"subject":"s"}}', {}, 400, "not_a_form"),
    ("no Content-Type", GOOD, {"Content-Type": ""}, 400, "not_a_form"),
    ("a second field", GOOD + "&format=json", {}, 400, "extra_param"),
    ("the field twice", GOOD + "&" + GOOD, {}, 400, "extra_param"),
    ("an ampersand that was not encoded", 'input_data={"request":{"subject":"a&b"}}', {}, 400, "extra_param"),
    ("broken percent", "input_data=%7B%2", {}, 400, "form_encoding"),
    ("bytes that are not UTF-8", "input_data=%7B%22request%22%3A%7B%22subject%22%3A%22%FF%22%7D%7D", {}, 400, "form_encoding"),
    ("single quotes", "input_data=%7B%27request%27%3A%7B%27subject%27%3A%27s%27%7D%7D", {}, 400, "json"),
    ("a key twice", "input_data=%7B%22request%22%3A%7B%22subject%22%3A%22a%22%2C%22subject%22%3A%22b%22%7D%7D", {}, 400, "json"),
    ("no body", "", {}, 400, "input_data"),
]


@pytest.mark.parametrize(("body", "headers", "status", "kind"), [r[1:] for r in REFUSED_BODIES],
                         ids=[r[0] for r in REFUSED_BODIES])
def test_refuses_bodies(desk: Desk, body: str, headers: dict[str, str], status: int, kind: str) -> None:
    answer = sdp(desk, "POST", "/requests", text=body, headers=headers)
    assert answer.status == status
    assert desk.tickets() == []
    assert kind in kinds(desk)


def test_reads_what_was_not_encoded_but_says_so(desk: Desk) -> None:
    answer = sdp(desk, "POST", "/requests", text='input_data={"request":{"subject":"a+b"}}')
    assert answer.json["request"]["subject"] == "a b"      # the plus became a space: what an unencoded body loses
    assert kinds(desk) == ["form_encoding"]


@pytest.mark.parametrize(("method", "path", "query", "status", "code"), [
    ("GET", "/incidents", "", 404, 4007), ("GET", "/requests/99", "", 404, 4007), ("GET", "/requests/abc", "", 404, 4007),
    ("POST", "/requests/101", "", 400, 4021), ("GET", "/requests", "row_count=5", 400, 4000),
    ("GET", "/requests/101/resolutions", "input_data=%7B%7D", 400, 4000),
])
def test_refuses_paths_methods_and_parameters(desk: Desk, method: str, path: str, query: str, status: int, code: int) -> None:
    request(desk)
    answer = sdp(desk, method, path, query=query, text=GOOD if method == "POST" else None)
    assert (answer.status, answer.sdp_code) == (status, code)


def test_a_wrong_key_is_400_outside_and_401_inside_and_locks_after_fifteen(desk: Desk) -> None:
    for _ in range(15):
        answer = sdp(desk, "GET", "/requests", headers={"authtoken": "wrong"})
        assert (answer.status, answer.sdp_code) == (400, 401)
    answer = sdp(desk, "GET", "/requests")
    assert "URL blocked" in answer.json["response_status"]["messages"][0]["message"]
    desk.advance(601)
    assert sdp(desk, "GET", "/requests").status == 200


def test_create_shows_the_whole_request_with_ids_as_strings(desk: Desk) -> None:
    answer = sdp(desk, "POST", "/requests", create(priority={"name": "High"}, requester={"email_id": "svc.cert@example.com"},
                                                   udf_fields={"udf_sline_301": KEY}, description="a &lt; b<br>c"))
    made = answer.json["request"]
    assert (answer.status, answer.json["response_status"]["status_code"]) == (201, 2000)
    assert made["id"] == "101" and made["priority"] == {"name": "High", "id": "4"}
    assert made["udf_fields"]["udf_sline_301"] == KEY
    assert made["description"].startswith('<div class="sdp-ze-default-wrapper"')
    assert made["created_time"]["value"].isdigit()
    assert desk.tickets("sdp")[0]["body"] == "a < b\nc"
    assert desk.violations() == []


@pytest.mark.parametrize(("html", "text"), [
    ("<script>x()</script>a", "a"), ('<a href="javascript:x">a</a>', "a"), ('<b onclick="x">a</b>', "a"),
    ("CN=<evil>a", "CN=a"), ("a</div>b", "ab"), ("a\nb", "a b"), ("<b>a", "a"), ("<!-- a -->b", "b"),
])
def test_descriptions_lose_what_was_not_escaped_and_the_journal_says_so(desk: Desk, html: str, text: str) -> None:
    request(desk, description=html)
    assert desk.tickets("sdp")[0]["body"] == text
    assert set(kinds(desk)) == {"markup"}


def search(field: str, value: str, **more: Any) -> dict[str, Any]:
    return {"list_info": {"search_criteria": {"field": field, "condition": "is", "value": value}, **more}}


def ids(desk: Desk, info: dict[str, Any]) -> list[str]:
    answer = sdp(desk, "GET", "/requests", info)
    assert answer.status == 200, answer.raw
    return [r["id"] for r in answer.json["requests"]]


def test_a_search_outside_the_view_returns_everything(desk: Desk) -> None:
    request(desk, udf_fields={"udf_sline_301": KEY})
    request(desk)
    field = "udf_fields.udf_sline_301"
    assert ids(desk, search(field, KEY)) == ["102", "101"]
    assert kinds(desk) == ["silent_search"]
    assert ids(desk, search(field, KEY, fields_required=["subject", "udf_fields"])) == ["101"]
    desk.profile({"sdp": {"udf_search_needs_fields_required": False}})
    assert ids(desk, search(field, KEY)) == ["101"]


def test_a_list_has_the_fields_of_its_view_only(desk: Desk) -> None:
    request(desk, description="d")
    row = sdp(desk, "GET", "/requests").json["requests"][0]
    assert not {"description", "udf_fields", "last_updated_time"} & set(row)
    row = sdp(desk, "GET", "/requests", {"list_info": {"fields_required": ["description"]}}).json["requests"][0]
    assert set(row) == {"id", "description"}


@pytest.mark.parametrize("info", [
    {"fields_required": ["approver"]}, {"sort_field": "approver"}, {"row_count": 101}, {"rows": 1}, {"row_count": "many"},
    {"search_criteria": {"field": "approver", "condition": "is", "value": "x"}},
    {"search_criteria": {"field": "subject", "condition": "equals", "value": "x"}},
    {"search_criteria": [{"field": "subject", "condition": "is", "value": "x"}, {"field": "id", "condition": "is", "value": "1"}]},
    {"search_criteria": [{"field": "subject", "condition": "is", "value": "x"},
                         {"field": "created_time", "condition": "gt", "value": "1", "logical_operator": "AND"}]},
])
def test_refuses_lists(desk: Desk, info: dict[str, Any]) -> None:
    answer = sdp(desk, "GET", "/requests", {"list_info": info})
    assert (answer.status, answer.sdp_code) == (400, 4001)


def test_pages_and_criteria(desk: Desk) -> None:
    for number in range(5):
        request(desk, subject=f"Subject {number % 2}")
    info = {"row_count": 2, "start_index": 2, "get_total_count": True}
    answer = sdp(desk, "GET", "/requests", {"list_info": info}).json
    assert isinstance(answer["response_status"], list)
    assert answer["list_info"] == {"has_more_rows": True, "start_index": 2, "page": 1, "row_count": 2, "total_count": 5,
                                   "get_total_count": "true"}
    assert [r["id"] for r in answer["requests"]] == ["104", "103"]
    assert ids(desk, search("subject", "subject 1")) == ["104", "102"]
    both = [{"field": "subject", "condition": "is", "value": "Subject 1"},
            {"field": "id", "condition": "is", "values": ["101", "102"], "logical_operator": "AND"}]
    assert ids(desk, {"list_info": {"search_criteria": both}}) == ["102"]
    assert ids(desk, {"list_info": {"sort_field": "id", "sort_order": "asc", "row_count": 2}}) == ["101", "102"]


def test_notes_list_without_text_and_take_the_wrapper_of_their_build(desk: Desk) -> None:
    request(desk)
    assert sdp(desk, "POST", "/requests/101/notes", {"request_note": {"description": "n"}}).status == 400
    made = sdp(desk, "POST", "/requests/101/notes", {"note": {"description": "n [op:0a1b]"}}).json["note"]
    assert "description" not in sdp(desk, "GET", "/requests/101/notes").json["notes"][0]
    assert "[op:0a1b]" in sdp(desk, "GET", f"/requests/101/notes/{made['id']}").json["note"]["description"]
    assert desk.tickets("sdp")[0]["notes"][0]["text"] == "n [op:0a1b]"
    desk.profile({"sdp": {"note_wrappers": ["request_note"]}})
    assert sdp(desk, "POST", "/requests/101/notes", {"note": {"description": "n"}}).status == 400
    assert sdp(desk, "POST", "/requests/101/notes", {"request_note": {"description": "n"}}).status == 201


CLOSE = {"request": {"closure_info": {"closure_comments": "gone", "closure_code": {"name": "Success"}}}}
STATUS = {"request": {"status": {"name": "Closed"}}}


@pytest.mark.parametrize(("profile", "close", "status"), [
    ({}, 200, 200), ({"closure": "close_endpoint"}, 200, 403), ({"closure": "status_update"}, 400, 200),
    ({"closure_mandatory": ["technician"]}, 400, 400), ({"closure_mandatory": ["closure_code"]}, 200, 400),
])
def test_closing_is_as_the_instance_has_it(desk: Desk, profile: dict[str, Any], close: int, status: int) -> None:
    desk.profile({"sdp": profile})
    first, second = request(desk), request(desk)
    assert sdp(desk, "PUT", f"/requests/{first}/close", CLOSE).status == close
    assert sdp(desk, "PUT", f"/requests/{second}", STATUS).status == status


def test_trash_delete_and_merge(desk: Desk) -> None:
    first, second = request(desk), request(desk)
    assert sdp(desk, "DELETE", f"/requests/{first}").status == 403
    assert sdp(desk, "DELETE", f"/requests/{first}/move_to_trash").status == 200
    assert sdp(desk, "GET", f"/requests/{first}").json["request"]["is_trashed"] is True
    assert ids(desk, {"list_info": {}}) == [second]
    assert sdp(desk, "DELETE", f"/requests/{first}").status == 200
    assert sdp(desk, "GET", f"/requests/{first}").status == 404
    third = request(desk)
    desk.act("sdp", third, "merge", into=second)
    answer = sdp(desk, "GET", f"/requests/{third}")
    assert answer.status == 404 and second in answer.json["response_status"]["messages"][0]["message"]


def test_the_other_variants_of_what_is_not_settled(desk: Desk) -> None:
    desk.profile({"sdp": {"subject_over_250": "truncate", "create_status": 200, "raw_json": "swallow"}})
    answer = sdp(desk, "POST", "/requests", create(subject="x" * 300))
    assert answer.status == 200 and answer.json["request"]["subject"] == "x" * 250
    answer = sdp(desk, "POST", "/requests", text="{}", headers={"Content-Type": "application/json"})
    assert answer.status == 200 and len(desk.tickets()) == 1
    desk.profile({"sdp": {"url_calls_per_minute": 1, "blocked_status": 429, "accept_required": True}})
    assert sdp(desk, "GET", "/requests").status == 400
    assert sdp(desk, "GET", "/requests").status == 429
    assert sdp(desk, "GET", "/statuses", headers={"Accept": "application/vnd.manageengine.sdp.v3+json"}).status == 200


def test_the_same_request_twice_is_two_tickets(desk: Desk) -> None:
    request(desk, udf_fields={"udf_sline_301": KEY})
    request(desk, udf_fields={"udf_sline_301": KEY})
    assert desk.counts()["sdp"]["duplicates"] == {KEY: 2}


def test_the_key_stays_out_of_the_journal(desk: Desk) -> None:
    request(desk)
    assert SDP_TOKEN not in str(desk.journal())
