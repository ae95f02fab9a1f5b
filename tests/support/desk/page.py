"""The page that shows the tickets of both systems to a person."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from pathlib import Path
from urllib.parse import parse_qs, urlencode

from desk.desk_state import DeskState
from desk.store import Ticket, utc_text
from desk.wire import Reply

_HERE = Path(__file__).parent
_CSS = (_HERE / "page.css").read_text(encoding="utf-8")
_JS = (_HERE / "page.js").read_text(encoding="utf-8")
_PER_PAGE = 50
_OPEN_AT_MOST = 6       # so many tickets are shown with their text at once
_NAMES = {"sdp": "ServiceDesk Plus", "snow": "ServiceNow"}
_ELEMENTS = {"comments": "Additional comments", "work_notes": "Work notes", "note": "Note"}


def _hash(text: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


_POLICY = (f"default-src 'none'; style-src {_hash(_CSS)}; script-src {_hash(_JS)}; connect-src 'self'; img-src data:; form-action 'self'; "
           "base-uri 'none'; frame-ancestors 'none'")


class _View:
    def __init__(self, query: str) -> None:
        args = {k: v[-1] for k, v in parse_qs(query).items()}
        self.system = args.get("system") if args.get("system") in _NAMES else None
        self.words = args.get("q", "").strip()[:200]
        page = args.get("page", "1")
        self.page = max(1, int(page)) if page.isdecimal() and len(page) < 8 else 1
        self.since = args.get("since")

    def link(self, *, system: str | None, page: int = 1) -> str:
        args = {"system": system or "", "q": self.words, "page": str(page) if page > 1 else ""}
        text = urlencode({k: v for k, v in args.items() if v})
        return escape("/" + (f"?{text}" if text else ""))


def _matches(state: DeskState, ticket: Ticket, words: str) -> bool:
    text = " ".join((ticket.number, state.subject_of(ticket), state.key_of(ticket))).lower()
    return all(word in text for word in words.lower().split())


def _pill(state: DeskState, ticket: Ticket) -> str:
    kind = "gone" if ticket.gone or ticket.trashed else "" if state.is_open(ticket) else "closed"
    return f'<span class="pill {kind}">{escape(state.status_of(ticket))}</span>'


def _ticket(state: DeskState, ticket: Ticket, open_: str) -> str:
    body, notes = state.body_of(ticket), state.notes_of(ticket)
    first = next((n for n in notes if ticket.system == "snow" and n["element"] == "comments"), None)
    notes = [n for n in notes if n is not first]
    count = f"<span>{len(notes)} note{'s' if len(notes) != 1 else ''}</span>" if notes else ""
    more = str(ticket.fields.get("description") or "") if first else ""
    details = f"<h2>Description</h2><pre>{escape(more)}</pre>" if more and more != body else ""
    said = "".join(
        f'<div class="said"><time>{_ELEMENTS.get(n["element"], "Note")}, {utc_text(n["created_ms"])} UTC</time>'
        f'<pre>{escape(n["text"])}</pre></div>' for n in notes)
    key = state.key_of(ticket)
    return (
        f'<details class="ticket" id="{ticket.system}-{escape(ticket.id)}"{open_}><summary>'
        f'<span class="subject">{escape(state.subject_of(ticket)) or "(no subject)"}</span>{_pill(state, ticket)}'
        f'<span class="meta"><span>{_NAMES[ticket.system]} {escape(ticket.number)}</span>'
        f'<span>{utc_text(ticket.created_ms)} UTC</span>{count}</span>'
        f'</summary><div class="inside"><pre>{escape(body) or "(no text)"}</pre>{details}'
        f'{"<h2>Notes</h2>" + said if said else ""}'
        f'<h2>Key</h2><code>{escape(key) or "none"}</code></div></details>')


def _systems(state: DeskState, view: _View) -> str:
    parts = []
    for system, name in ((None, "All"), *_NAMES.items()):
        current = ' aria-current="page"' if system == view.system else ""
        count = f"{len(state.store.all(system)):,}"
        parts.append(f'<a href="{view.link(system=system)}"{current}>{name} <span class="count">{count}</span></a>')
    return f'<nav class="systems" aria-label="Systems">{"".join(parts)}</nav>'


def _pages(view: _View, total: int) -> str:
    older, newer = total > view.page * _PER_PAGE, view.page > 1
    if not older and not newer:
        return ""
    left = f'<a href="{view.link(system=view.system, page=view.page - 1)}" rel="prev">Newer</a>' if newer else "<span></span>"
    right = f'<a href="{view.link(system=view.system, page=view.page + 1)}" rel="next">Older</a>' if older else ""
    return f'<nav class="pages" aria-label="Pages">{left}{right}</nav>'


def _list(state: DeskState, view: _View) -> str:
    tickets = state.store.all(view.system)
    if view.words:
        tickets = [t for t in tickets if _matches(state, t, view.words)]
    if not tickets:
        text = (f"<strong>Nothing matches “{escape(view.words)}”</strong>Number, subject and key are searched."
                if view.words else "<strong>No tickets yet</strong>They appear here as they arrive.")
        return f'<p class="empty">{text}</p>'
    tickets.sort(key=lambda t: -t.order)
    last_page = (len(tickets) - 1) // _PER_PAGE + 1
    view.page = min(view.page, last_page)
    first = (view.page - 1) * _PER_PAGE
    page = tickets[first:first + _PER_PAGE]
    open_ = " open" if len(tickets) <= _OPEN_AT_MOST else ""
    shown = f'<p class="shown">{first + 1:,} to {first + len(page):,} of {len(tickets):,}, newest first</p>'
    return shown + "".join(_ticket(state, t, open_) for t in page) + _pages(view, len(tickets))


def _page(state: DeskState, view: _View) -> str:
    hidden = f'<input type="hidden" name="system" value="{view.system}">' if view.system else ""
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Desk: tickets that arrived</title><link rel="icon" href="data:,">
<noscript><meta http-equiv="refresh" content="5"></noscript>
<style>{_CSS}</style></head><body>
<header><h1>Tickets that arrived</h1>
<p>A double of ServiceDesk Plus and ServiceNow, on this machine only.</p>
{_systems(state, view)}
<form class="find" role="search">{hidden}<input type="search" name="q" value="{escape(view.words)}"
 placeholder="Number, subject or key" aria-label="Find tickets"><button>Find</button></form></header>
<main><p class="note" id="lost" role="status" hidden>The desk does not answer. This is what it last showed.</p>
<div id="list" data-version="{state.store.version}">{_list(state, view)}</div></main>
<script>{_JS}</script></body></html>"""


def page_reply(state: DeskState, method: str, path: str, query: str) -> Reply:
    if path != "/" or method not in ("GET", "HEAD"):
        return Reply(404, b"not found\n", "text/plain")
    view = _View(query)
    if view.since == str(state.store.version):
        return Reply(204)
    return Reply(200, _page(state, view).encode(), "text/html;charset=UTF-8",
                 {"Content-Security-Policy": _POLICY, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"})
