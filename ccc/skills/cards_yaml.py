"""YAML that knows where everything stands: plain data only, every value and key with its line and column.

Nothing is constructed but mappings, lists, text, numbers, true, false and null. Anchors, tags and repeated keys are
mistakes, so that a small file cannot stand for a large one.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from ccc.errors import CardError, Diagnostic, Span
from ccc.files import read_bytes

MAX_BYTES = 1 << 22
MAX_DEPTH = 32
MAX_REPORTED = 20

Scalar = str | int | float | bool | None

_INTEGER = re.compile(r"[+-]?[0-9][0-9_]*|[+-]?0[xX][0-9a-fA-F_]+|[+-]?0[bB][01_]+")
_REAL = re.compile(r"[+-]?([0-9][0-9_]*\.?[0-9_]*|\.[0-9_]+)([eE][+-]?[0-9]+)?")
_WORDS: dict[str, Scalar] = {"true": True, "false": False, "null": None, "~": None, "": None}


@dataclass(frozen=True, slots=True)
class Node:
    """A value at its place. keys: where the keys of a mapping stand."""

    value: dict[str, Node] | list[Node] | Scalar
    span: Span
    keys: dict[str, Span] = field(default_factory=dict)

    @property
    def plain(self) -> Any:
        """The value without places."""
        if isinstance(self.value, dict):
            return {key: node.plain for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain for node in self.value]
        return self.value

    @property
    def what(self) -> str:
        """What was found here, in words."""
        match self.value:
            case dict():
                return "a mapping"
            case list():
                return "a list"
            case None:
                return "nothing"
            case bool():
                return "true" if self.value else "false"
            case str():
                return f"the text {self.value[:40]!r}"
            case _:
                return f"the number {self.value}"


class Document:
    """One YAML text, and the mistakes found in it."""

    def __init__(self, text: str, name: str) -> None:
        self.name = name
        self._lines = text.split("\n")
        self._found: list[Diagnostic] = []
        self.root = self._read(text)

    @classmethod
    def open(cls, path: str | Path) -> Document:
        """Raises FileError when `path` cannot be read, CardError when it is no YAML of the kind allowed here."""
        data = read_bytes(path, MAX_BYTES)
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise CardError([Diagnostic("not UTF-8 text", Span(str(path), line, 1))]) from None
        return cls(text, str(path))

    def problem(self, span: Span, message: str, hint: str = "") -> None:
        """Note a mistake. Raises CardError with the twentieth."""
        self._found.append(Diagnostic(message, span, self.line(span), hint))
        if len(self._found) >= MAX_REPORTED:
            self.stop_if_any()

    def line(self, span: Span) -> str:
        """The line that a place is in."""
        line = self._lines[span.line - 1] if span.line <= len(self._lines) else ""
        return line.rstrip("\r")

    @property
    def text(self) -> str:
        """The whole text."""
        return "\n".join(self._lines)

    @property
    def count(self) -> int:
        """How many mistakes there are so far."""
        return len(self._found)

    def stop_if_any(self) -> None:
        """Raises CardError with every mistake noted, if there is one."""
        if self._found:
            raise CardError(sorted(self._found, key=lambda found: (found.span.line, found.span.column)))

    def _read(self, text: str) -> Node:
        start = Span(self.name, 1, 1)
        try:
            root = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            span = Span(self.name, mark.line + 1, mark.column + 1) if mark else start
            self.problem(span, f"no proper YAML: {error.problem or error.context}")
        except yaml.YAMLError as error:
            self.problem(start, f"no proper YAML: {str(error).splitlines()[0]}")
        except RecursionError:
            self.problem(start, "nested too deep")
        self.stop_if_any()
        if root is None:
            return Node(None, start)
        node = self._node(root, set(), 0)
        self.stop_if_any()
        return node

    def _span(self, node: yaml.Node) -> Span:
        first, last = node.start_mark, node.end_mark
        length = last.column - first.column if last.line == first.line else 1
        return Span(self.name, first.line + 1, first.column + 1, max(1, length))

    def _node(self, node: yaml.Node, seen: set[int], depth: int) -> Node:
        span = self._span(node)
        if id(node) in seen:
            self.problem(span, "anchors and aliases are not read here", "write the value out")
            self.stop_if_any()
        seen.add(id(node))
        if depth > MAX_DEPTH:
            self.problem(span, "nested too deep")
            self.stop_if_any()
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, span, seen, depth)
        if isinstance(node, yaml.SequenceNode):
            return Node([self._node(inner, seen, depth + 1) for inner in node.value], span)
        if not node.tag.startswith("tag:yaml.org,2002:") or node.tag.endswith(":binary"):
            self.problem(span, f"the tag {node.tag!r} is not read here")
        return Node(self._scalar(node, span) if isinstance(node, yaml.ScalarNode) else None, span)

    def _mapping(self, node: yaml.MappingNode, span: Span, seen: set[int], depth: int) -> Node:
        found: dict[str, Node] = {}
        keys: dict[str, Span] = {}
        for key, value in node.value:
            place = self._span(key)
            if not isinstance(key, yaml.ScalarNode):
                self.problem(place, "a key is a word")
                continue
            name = str(key.value)
            if name in found:
                self.problem(place, f"the key {name!r} stands here twice", f"first at line {keys[name].line}")
            found[name], keys[name] = self._node(value, seen, depth + 1), place
        return Node(found, span, keys)

    def _scalar(self, node: yaml.ScalarNode, span: Span) -> Scalar:
        """Quoted text stays text. Other words are read as YAML 1.2 reads them: no octals, no `yes`, no dates."""
        text = str(node.value)
        if node.style is not None:
            return text
        if text.lower() in _WORDS:
            return _WORDS[text.lower()]
        if _INTEGER.fullmatch(text):
            digits = text.replace("_", "")
            base = 16 if "x" in digits.lower() else 2 if digits.lstrip("+-")[:2].lower() == "0b" else 10
            if len(digits) > 400:
                self.problem(span, "a number of more than 400 digits")
                return 0
            return int(digits, base)
        if _REAL.fullmatch(text):
            value = float(text.replace("_", ""))
            if not math.isfinite(value):
                self.problem(span, f"{text} is too large for a double")
            return value
        return text
