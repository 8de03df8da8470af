"""Standard output as people read it: lines that fit a terminal, and one fact a line where it is piped.

Colours, and signs beyond ASCII, appear only on a terminal that shows them.
"""

import json
import shlex
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from planfold.infrastructure.cli.text import plain

_NARROWEST = 24
"""Columns that a text needs beside what stands before it."""
_INDENT = 4

_SIGNS = {"ready": ("✓", "+"), "warning": ("!", "!"), "error": ("✗", "x"), "item": ("·", "-"), "more": ("…", "...")}


def shown(text: str, style: str = "") -> Text:
    """The words of whoever, harmless and in one line."""
    return Text(plain(text), style)


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """`main` knows what to do about it; rich would end the program."""
        raise BrokenPipeError


class Screen:
    def __init__(self) -> None:
        self._console = _Console(file=sys.stdout, markup=False, emoji=False, highlight=False, legacy_windows=False)
        terminal = self._console.is_terminal
        self.signs = terminal and not self._console.is_dumb_terminal and self._console.encoding.startswith("utf")
        """Whether there may be more than ASCII."""
        self._width = self._console.width if terminal else None

    def room(self, taken: int) -> int | None:
        """Columns that a terminal's line has beside those `taken`; None where there is no end to it."""
        return None if self._width is None else self._width - taken

    def cut(self, text: Text, columns: int | None) -> Text:
        """`text`, or its beginning and a sign that there is more."""
        if columns is None or text.cell_len <= columns:
            return text
        more = self.sign("more")
        begun = text.copy()
        begun.truncate(max(columns - len(more), 0))
        return begun.append(more)

    def sign(self, name: str) -> str:
        return _SIGNS[name][0 if self.signs else 1]

    def line(self, *parts: str | Text | tuple[str, str]) -> None:
        """One line, or as many as the terminal needs; a pair is a text and its style; without parts, an empty one."""
        self.hanging(Text(), Text.assemble(*parts))

    def heading(self, title: str) -> None:
        self.line()
        self.line(Text(title, "bold"))

    def hanging(self, first: Text, body: Text, rest: Text | None = None) -> None:
        """`first` and `body`; where it takes more lines, each begins with `rest`, by default as many blanks.

        Where `first` leaves too little of a terminal's line for it, `body` begins in the next one.
        """
        if self._width is None:
            self._print(Text.assemble(first, body))
        elif self._width - first.cell_len >= min(_NARROWEST, body.cell_len) or not first:
            self._lines(first, body, rest if rest is not None else Text(" " * first.cell_len))
        else:
            self._lines(Text(), first, Text())
            below = rest if rest is not None else Text(" " * _INDENT)
            below.truncate(max(self._width - _NARROWEST, _INDENT))
            self._lines(below, body, below)

    def _lines(self, first: Text, body: Text, rest: Text) -> None:
        width = max((self._width or 0) - first.cell_len, 1)
        for number, part in enumerate(body.wrap(self._console, width) or [Text()]):
            self._print(Text.assemble(rest if number else first, part))

    def pairs(self, pairs: Sequence[tuple[str, Text | str]]) -> None:
        """What is what, in two columns."""
        width = max(len(name) for name, _ in pairs)
        for name, value in pairs:
            self.hanging(Text(f"  {name.ljust(width)}  ", "dim"), value if isinstance(value, Text) else shown(value))

    def table(self, rows: Sequence[Sequence[Text]], names: Sequence[str] = ()) -> None:
        """Columns as wide as they need, under their names; the last one takes what is left of the line."""
        rows = [[Text(name, "dim") for name in names], *rows] if names else rows
        widths = [max(cell.cell_len for cell in column) for column in list(zip(*rows, strict=True))[:-1]]
        for *cells, last in rows:
            first = Text("  ")
            for cell, width in zip(cells, widths, strict=True):
                first.append_text(cell).append(" " * (width - cell.cell_len + 2))
            self.hanging(first, last)

    def more(self, command: str, filters: Mapping[str, str | None], limit: int, before: object) -> None:
        """How to get the next page."""
        named = "".join(f" {option} {shlex.quote(value)}" for option, value in filters.items() if value is not None)
        self.line()
        self.line("more: ", shown(f"{command}{named} --limit {limit} --before {before}", "cyan"))

    def json(self, value: Any) -> None:
        """One line of JSON in ASCII, which says the same in every encoding and moves no cursor."""
        sys.stdout.write(json.dumps(value, ensure_ascii=True, allow_nan=False) + "\n")

    def _print(self, text: Text) -> None:
        text.rstrip()
        self._console.print(text, soft_wrap=True)
