"""HTML of a description: what a server keeps of it, what it reads as, and what is wrong with it."""

from __future__ import annotations

from html import escape
from html.parser import HTMLParser

WRAPPER = '<div class="sdp-ze-default-wrapper" style="font-family: Roboto, Arial; font-size: 10pt">'

_VOID = {"br", "hr"}
_KEPT = {"a", "b", "blockquote", "code", "div", "em", "h1", "h2", "h3", "h4", "i", "li", "ol", "p", "pre", "span",
         "strong", "table", "tbody", "td", "th", "thead", "tr", "u", "ul"} | _VOID
_SILENCED = {"script", "style", "iframe", "object"}
_BREAKS = {"br", "hr", "div", "p", "li", "tr", "h1", "h2", "h3", "h4", "ul", "ol", "table", "pre", "blockquote"}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.kept: list[str] = []
        self.text: list[str] = []
        self.problems: list[str] = []
        self._open: list[str] = []
        self._silenced = 0

    def _newline(self) -> None:
        if self.text and not self.text[-1].endswith("\n"):
            self.text.append("\n")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENCED:
            self.problems.append(f"<{tag}> in a description")
            self._silenced += 1
            return
        if tag not in _KEPT:
            self.problems.append(f"<{tag}>: text that was not escaped?")
            return
        if tag == "br":
            self.text.append("\n")
        elif tag in _BREAKS:
            self._newline()
        self.kept.append(f"<{tag}{self._attributes(attrs)}>")
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def _attributes(self, attrs: list[tuple[str, str | None]]) -> str:
        kept = ""
        for name, value in attrs:
            plain = "".join((value or "").split()).lower()
            if name.startswith("on") or plain.startswith(("javascript:", "data:", "vbscript:")):
                self.problems.append(f"the attribute {name} runs code")
            elif name in ("href", "class", "style", "colspan", "rowspan", "title"):
                kept += f' {name}="{escape(value or "")}"'
        return kept

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENCED:
            self._silenced = max(0, self._silenced - 1)
            return
        if tag not in self._open:
            if tag not in _VOID:
                self.problems.append(f"</{tag}> that was never opened")
            return
        while self._open:
            last = self._open.pop()
            self.kept.append(f"</{last}>")
            if last == tag:
                break
            self.problems.append(f"<{last}> is not closed before </{tag}>")
        if tag in _BREAKS:
            self._newline()

    def handle_data(self, data: str) -> None:
        if self._silenced:
            return
        self.kept.append(escape(data, quote=False))
        # A browser shows a newline as a space: only <br> and blocks break lines.
        self.text.append(data if "pre" in self._open else data.replace("\r", "").replace("\n", " "))

    def handle_comment(self, data: str) -> None:
        self.problems.append("a comment in a description")

    def unknown_decl(self, data: str) -> None:
        self.problems.append("CDATA in a description")
        self.handle_data(data + "]]>")

    def finish(self) -> None:
        self.close()
        for tag in reversed(self._open):
            self.problems.append(f"<{tag}> is never closed")
            self.kept.append(f"</{tag}>")


def _read(html: str) -> _Reader:
    reader = _Reader()
    reader.feed(html)
    reader.finish()
    return reader


def stored(html: str) -> str:
    """What the server keeps: wrapped, without what could run."""
    return f"{WRAPPER}<div>{''.join(_read(html).kept)}</div></div>"


def plain(html: str | None) -> str:
    """What a person reads."""
    text = "".join(_read(html or "").text).replace("\xa0", " ")
    return "\n".join(line.rstrip() for line in text.split("\n")).strip("\n")


def problems(html: str) -> list[str]:
    found = _read(html).problems
    if "\n" in html.replace("\r", "") and "<pre" not in html.lower():
        found.append("a newline that nobody will see: HTML breaks lines by <br>")
    return found
