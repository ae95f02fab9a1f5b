"""The dictionary of the ServiceNow double: tables, columns, lengths, choices, records that only read."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from desk.profile import SnowProfile

EPOCH = "2026-01-01 00:00:00"


@dataclass(frozen=True)
class Column:
    name: str
    length: int = 40
    kind: str = "string"     # string, integer, boolean, glide_date_time, reference, journal_input
    reference: str = ""
    default: str = ""
    label: str = ""
    read_only: bool = False


def _c(name: str, label: str, length: int = 40, **more: Any) -> Column:
    return Column(name, length, label=label, **more)


_SYSTEM = (
    _c("sys_id", "Sys ID", 32, read_only=True),
    _c("sys_created_on", "Created", kind="glide_date_time", read_only=True),
    _c("sys_created_by", "Created by", read_only=True),
    _c("sys_updated_on", "Updated", kind="glide_date_time", read_only=True),
    _c("sys_updated_by", "Updated by", read_only=True),
    _c("sys_mod_count", "Updates", kind="integer", read_only=True),
)
_TASK = (
    *_SYSTEM, _c("sys_class_name", "Task type", 80, read_only=True),
    _c("number", "Number", read_only=True),
    _c("short_description", "Short description", 160), _c("description", "Description", 4000),
    _c("comments", "Additional comments", 4000, kind="journal_input"),
    _c("work_notes", "Work notes", 4000, kind="journal_input"),
    _c("correlation_id", "Correlation ID", 100), _c("correlation_display", "Correlation display", 100),
    _c("state", "State", kind="integer", default="1"), _c("active", "Active", kind="boolean", default="true"),
    _c("impact", "Impact", kind="integer", default="3"), _c("urgency", "Urgency", kind="integer", default="3"),
    _c("priority", "Priority", kind="integer", default="5"),
    _c("opened_at", "Opened", kind="glide_date_time"), _c("closed_at", "Closed", kind="glide_date_time"),
    _c("due_date", "Due date", kind="glide_date_time"),
    _c("opened_by", "Opened by", 32, kind="reference", reference="sys_user"),
    _c("closed_by", "Closed by", 32, kind="reference", reference="sys_user"),
    _c("assigned_to", "Assigned to", 32, kind="reference", reference="sys_user"),
    _c("assignment_group", "Assignment group", 32, kind="reference", reference="sys_user_group"),
    _c("cmdb_ci", "Configuration item", 32, kind="reference", reference="cmdb_ci"),
    _c("contact_type", "Channel"), _c("close_notes", "Resolution notes", 4000),
)
_INCIDENT = (
    _c("caller_id", "Caller", 32, kind="reference", reference="sys_user"),
    _c("category", "Category", default="inquiry"), _c("subcategory", "Subcategory"),
    _c("incident_state", "Incident state", kind="integer", default="1"),
    _c("hold_reason", "On hold reason", kind="integer"),
    _c("close_code", "Resolution code"), _c("severity", "Severity", kind="integer", default="3"),
    _c("resolved_at", "Resolved", kind="glide_date_time"),
    _c("resolved_by", "Resolved by", 32, kind="reference", reference="sys_user"),
)
_NAMED = (*_SYSTEM, _c("name", "Name", 100), _c("active", "Active", kind="boolean"))

TASK_TABLES = ("task", "incident", "sn_si_incident")
NUMBER_PREFIX = {"task": "TASK", "incident": "INC", "sn_si_incident": "SIR"}

_CHOICES: dict[tuple[str, str], dict[str, str]] = {
    ("incident", "state"): {"1": "New", "2": "In Progress", "3": "On Hold", "6": "Resolved", "7": "Closed", "8": "Canceled"},
    ("sn_si_incident", "state"): {"10": "Draft", "16": "Analysis", "18": "Contain", "19": "Eradicate", "20": "Recover",
                                  "100": "Review", "3": "Closed", "7": "Cancelled"},
    ("task", "state"): {"1": "Open", "2": "Work in Progress", "3": "Closed Complete"},
    ("task", "impact"): {"1": "1 - High", "2": "2 - Medium", "3": "3 - Low"},
    ("task", "urgency"): {"1": "1 - High", "2": "2 - Medium", "3": "3 - Low"},
    ("task", "priority"): {"1": "1 - Critical", "2": "2 - High", "3": "3 - Moderate", "4": "4 - Low", "5": "5 - Planning"},
    ("incident", "category"): {"inquiry": "Inquiry / Help", "software": "Software", "hardware": "Hardware",
                               "network": "Network", "database": "Database"},
    ("incident", "subcategory"): {"internal application": "Internal Application", "email": "Email", "dns": "DNS"},
    ("incident", "hold_reason"): {"1": "Awaiting Caller", "3": "Awaiting Problem", "4": "Awaiting Vendor", "5": "Awaiting Change"},
    ("incident", "severity"): {"1": "1 - High", "2": "2 - Medium", "3": "3 - Low"},
    ("task", "contact_type"): {"email": "Email", "phone": "Phone", "self-service": "Self-service", "monitoring": "Monitoring",
                               "event": "Event"},
}
PRIORITY = {("1", "1"): "1", ("1", "2"): "2", ("1", "3"): "3", ("2", "1"): "2", ("2", "2"): "3", ("2", "3"): "4",
            ("3", "1"): "3", ("3", "2"): "4", ("3", "3"): "5"}


def sys_id_of(*parts: str) -> str:
    return hashlib.md5("/".join(parts).encode(), usedforsecurity=False).hexdigest()


class Schema:
    def __init__(self, profile: SnowProfile) -> None:
        incident = [*_TASK, *_INCIDENT, *(_c(n, n, length) for n, length in profile.extra_fields.items())]
        self._tables: dict[str, dict[str, Column]] = {
            "task": self._of(profile, _TASK), "incident": self._of(profile, incident),
            "sys_user": self._of(profile, (*_NAMED, _c("user_name", "User ID"), _c("email", "Email", 100))),
            "sys_user_group": self._of(profile, _NAMED), "cmdb_ci": self._of(profile, _NAMED),
            "sys_choice": self._of(profile, (*_SYSTEM, _c("name", "Table", 80), _c("element", "Element", 80), _c("label", "Label"),
                                             _c("value", "Value"), _c("inactive", "Inactive", kind="boolean"),
                                             _c("language", "Language"), _c("sequence", "Sequence", kind="integer"))),
            "sys_dictionary": self._of(profile, (*_SYSTEM, _c("name", "Table", 80), _c("element", "Column name", 80),
                                                 _c("max_length", "Max length", kind="integer"),
                                                 _c("mandatory", "Mandatory", kind="boolean"),
                                                 _c("active", "Active", kind="boolean"), _c("internal_type", "Type"),
                                                 _c("reference", "Reference"), _c("column_label", "Column label", 80))),
            "sys_journal_field": self._of(profile, (*_SYSTEM, _c("name", "Name", 80), _c("element", "Element", 80),
                                                    _c("element_id", "Element ID", 32), _c("value", "Value", 4000))),
        }
        if profile.sn_si_installed:
            self._tables["sn_si_incident"] = self._of(profile, (*_TASK, _c("category", "Category"), _c("close_code", "Close code")))
        self._choices = dict(_CHOICES) | {("incident", "close_code"): {c: c for c in profile.close_codes}}
        self._mandatory = set(profile.insert_mandatory)
        self.records: dict[str, list[dict[str, str]]] = self._fixed(profile)

    @staticmethod
    def _of(profile: SnowProfile, columns: Any) -> dict[str, Column]:
        result: dict[str, Column] = {}
        for column in columns:
            if column.name in profile.missing_fields:
                continue
            length = profile.length_overrides.get(column.name, column.length)
            result[column.name] = Column(**{**column.__dict__, "length": length})
        return result

    def has(self, table: str) -> bool:
        return table in self._tables

    def columns(self, table: str) -> dict[str, Column]:
        return self._tables[table]

    def choices(self, table: str, element: str) -> dict[str, str]:
        return self._choices.get((table, element)) or self._choices.get(("task", element), {})

    def _record(self, *identity: str, **values: str) -> dict[str, str]:
        return {"sys_id": sys_id_of(*identity), "sys_created_on": EPOCH, "sys_created_by": "system",
                "sys_updated_on": EPOCH, "sys_updated_by": "system", "sys_mod_count": "0", **values}

    def _fixed(self, profile: SnowProfile) -> dict[str, list[dict[str, str]]]:
        users = [self._record("sys_user", u, user_name=u, name=n, email=f"{u}@example.com", active="true")
                 for u, n in {**profile.users, profile.username: profile.users.get(profile.username, profile.username)}.items()]
        groups = [self._record("sys_user_group", g, name=g, active="true") for g in profile.groups]
        choices = [self._record("sys_choice", t, e, v, name=t, element=e, value=v, label=label, inactive="false",
                                language="en", sequence=str(n))
                   for (t, e), values in self._choices.items() for n, (v, label) in enumerate(values.items())]
        dictionary = [self._dictionary_row(table, column) for table in self._tables
                      for column in self._tables[table].values() if self._defined_in(table, column.name)]
        return {"sys_user": users, "sys_user_group": groups, "cmdb_ci": [], "sys_choice": choices,
                "sys_dictionary": dictionary}

    def _defined_in(self, table: str, element: str) -> bool:
        # A column that a table inherits is listed under its parent only.
        return table not in ("incident", "sn_si_incident") or element not in self._tables["task"]

    def _dictionary_row(self, table: str, column: Column) -> dict[str, str]:
        mandatory = "true" if column.name in self._mandatory else "false"
        return self._record("sys_dictionary", table, column.name, name=table, element=column.name,
                            max_length=str(column.length), mandatory=mandatory, active="true",
                            internal_type=column.kind, reference=column.reference, column_label=column.label)
