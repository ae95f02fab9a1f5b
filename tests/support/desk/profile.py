"""The switches of the double. Everything that differs between installations, releases or sources is one.

A profile file is TOML with the tables [sdp] and [snow]; its keys are the names of the fields below, and an
unknown key is an error.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

NamedValues = dict[str, list[str]]

DEFAULT_VALUES: NamedValues = {
    "priority": ["Low", "Normal", "Medium", "High"],
    "status": ["Open", "On Hold", "In Progress", "Resolved", "Closed", "Cancelled"],
    "mode": ["E-Mail", "Web Form", "Phone Call"],
    "level": ["Tier 1", "Tier 2", "Tier 3"],
    "urgency": ["Low", "Normal", "High", "Urgent"],
    "impact": ["Low", "Affects User", "Affects Group", "Affects Business"],
    "category": ["General", "Network", "Security", "Software"],
    "subcategory": ["Certificates", "Firewall", "Server", "Other"],
    "item": ["Renew", "Replace", "Configure"],
    "group": ["Network", "Web Operations", "Security Operations"],
    "site": ["Headquarters"],
    "request_type": ["Incident", "Request For Information"],
    "template": ["Default Request"],
    "service_category": ["User Administration", "Software"],
    "sla": ["Medium SLA", "High SLA"],
    "closure_code": ["Success", "Unable to Reproduce", "Failure", "Cancelled"],
}

DEFAULT_PEOPLE: list[dict[str, str]] = [
    {"id": "4", "name": "Guest", "email_id": "guest@example.com"},
    {"id": "5", "name": "Certherald", "email_id": "svc.cert@example.com"},
    {"id": "6", "name": "Web Team", "email_id": "web-team@example.com"},
]

# The words of the Basic base instance's own close codes, newer and older releases.
DEFAULT_CLOSE_CODES: list[str] = [
    "Duplicate", "Known error", "Resolved by caller", "Resolved by change", "Resolved by problem",
    "Solution provided", "Workaround provided", "User error",
]


class ProfileError(ValueError):
    pass


@dataclass
class SdpProfile:
    token: str = "11111111-2222-3333-4444-555555555555"
    accept_required: bool = False
    create_status: int = 201                  # or 200, by build
    raw_json: str = "refuse"                  # or "swallow": HTTP 200 and nothing made, as one source records
    form_tolerates_unencoded: bool = True     # characters that should have been %XX are read, and journalled as a violation
    mandatory: list[str] = field(default_factory=lambda: ["subject"])
    subcategory_with_category: bool = True    # `subcategory` is mandatory once `category` is set
    not_on_form: list[str] = field(default_factory=list)      # refused with 4001 whatever the value
    refused_fields: list[str] = field(default_factory=list)   # refused with HTTP 403 and 4002 ("priority")
    udf_fields: dict[str, list[str]] = field(default_factory=lambda: {"udf_sline_301": [], "udf_pick_303": ["Yes", "No"]})
    udf_length: int = 250
    values: NamedValues = field(default_factory=lambda: {k: list(v) for k, v in DEFAULT_VALUES.items()})
    requesters: list[dict[str, str]] = field(default_factory=lambda: [dict(p) for p in DEFAULT_PEOPLE])
    technicians: list[dict[str, str]] = field(
        default_factory=lambda: [{"id": "9", "name": "Jeniffer Doe", "email_id": "jeniffer@example.com"}])
    technician_by_email: bool = True
    technician_needs_category: bool = False   # no assignment while category and subcategory are unset
    note_wrappers: list[str] = field(default_factory=lambda: ["note"])   # "request_note": cloud, older builds
    closure: str = "both"                     # "close_endpoint", "status_update", "both"
    closure_mandatory: list[str] = field(default_factory=list)   # closure_code closure_comments technician resolution
    close_closed: str = "ok"                  # or "refuse"
    status_comment_required: list[str] = field(default_factory=list)   # statuses that demand status_change_comments
    subject_over_250: str = "reject"          # or "truncate"
    udf_search_needs_fields_required: bool = True
    search_case_sensitive: bool = False       # the bundled database compares with citext
    search_multi_with_date: str = "refuse"    # or "ok"
    search_lag_ms: int = 0
    list_order: str = "newest"                # "oldest", "shuffled": there is no guarantee
    row_count_over_100: str = "reject"        # or "clamp"
    trashed_can_be_read: bool = True
    delete_needs_trash: bool = True
    auth_failures_per_minute: int = 15
    auth_lock_seconds: int = 600
    url_calls_per_minute: int = 0             # 0: no limit
    blocked_status: int = 400                 # or 429
    wrong_method_code: int = 4021             # or 4007


@dataclass
class SnowProfile:
    username: str = "certherald"
    password: str = "snow-secret"
    basic_auth_restricted: bool = False
    invalid_query: str = "ignore"             # "no_rows": glide.invalid_query.returns_no_rows=true
    length_overrides: dict[str, int] = field(default_factory=dict)   # {"short_description" = 80}
    extra_fields: dict[str, int] = field(default_factory=dict)       # columns of incident: name = max_length
    missing_fields: list[str] = field(default_factory=list)          # columns this instance has not
    over_length: str = "truncate"             # or "reject"
    unknown_reference: str = "store"          # or "blank"
    close_codes: list[str] = field(default_factory=lambda: list(DEFAULT_CLOSE_CODES))
    resolve_mandatory: list[str] = field(default_factory=lambda: ["close_code", "close_notes"])
    insert_mandatory: list[str] = field(default_factory=list)        # a data policy on insert
    hold_reason_required: bool = True
    closed_immutable: bool = True
    delete_allowed: bool = False              # itil has no delete
    priority_derived: bool = True
    journal_readable: bool = True             # ACL on sys_journal_field
    dictionary_readable: bool = True          # ACL on sys_dictionary and sys_choice
    rate_limit_per_hour: int = 0              # 0: no rule, and then no X-RateLimit headers
    search_lag_ms: int = 0
    users: dict[str, str] = field(default_factory=lambda: {
        "certherald": "Certherald Integration", "abel.tuter": "Abel Tuter", "web.team": "Web Team"})
    groups: list[str] = field(default_factory=lambda: ["Network", "Web Operations", "Security Operations"])
    sn_si_installed: bool = True


@dataclass
class Profile:
    sdp: SdpProfile = field(default_factory=SdpProfile)
    snow: SnowProfile = field(default_factory=SnowProfile)


_WORDS: dict[str, tuple[str, ...]] = {
    "raw_json": ("refuse", "swallow"), "closure": ("close_endpoint", "status_update", "both"),
    "close_closed": ("ok", "refuse"), "subject_over_250": ("reject", "truncate"),
    "search_multi_with_date": ("refuse", "ok"), "list_order": ("newest", "oldest", "shuffled"),
    "row_count_over_100": ("reject", "clamp"), "invalid_query": ("ignore", "no_rows"),
    "over_length": ("truncate", "reject"), "unknown_reference": ("store", "blank"),
}


def _fill(target: Any, table: str, values: dict[str, Any]) -> None:
    known = {f.name for f in fields(target)}
    for key, value in values.items():
        if key not in known:
            raise ProfileError(f"[{table}] has no switch {key!r}; there are: {', '.join(sorted(known))}")
        current = getattr(target, key)
        if type(value) is not type(current):
            raise ProfileError(f"[{table}] {key} must be {type(current).__name__}, not {type(value).__name__}")
        if key in _WORDS and value not in _WORDS[key]:
            raise ProfileError(f"[{table}] {key} must be one of {', '.join(_WORDS[key])}")
        if key == "values":
            current.update(value)
        else:
            setattr(target, key, value)


def profile_from(tables: dict[str, Any]) -> Profile:
    profile = Profile()
    for name, values in tables.items():
        if name not in ("sdp", "snow") or not isinstance(values, dict):
            raise ProfileError(f"a profile has the tables [sdp] and [snow], not {name!r}")
        _fill(getattr(profile, name), name, values)
    return profile


def load_profile(path: Path | None) -> Profile:
    if path is None:
        return Profile()
    with path.open("rb") as file:
        return profile_from(tomllib.load(file))
