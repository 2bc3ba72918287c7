"""Reads the sources of ccc as syntax trees: modules, what they import, what they refer to, their functions."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "ccc"


@dataclass(frozen=True)
class Module:
    """One source file: `name` is dotted, a package's `__init__.py` bears the package's name."""

    name: str
    path: Path
    tree: ast.Module

    @property
    def is_package(self) -> bool:
        return self.path.name == "__init__.py"

    @property
    def lines(self) -> int:
        return len(self.path.read_text(encoding="utf-8").splitlines())

    def at(self, line: int) -> str:
        """The place as editors understand it."""
        return f"{self.path.relative_to(ROOT)}:{line}"


@dataclass(frozen=True)
class Import:
    """`importer` imports `target` (a module, as far as that can be told) at `line`, wherever the statement stands."""

    importer: Module
    target: str
    line: int

    def __str__(self) -> str:
        return f"{self.importer.at(self.line)}: {self.importer.name} imports {self.target}"


@cache
def modules() -> dict[str, Module]:
    """Every module of ccc by name."""
    found = {}
    for path in sorted((ROOT / PACKAGE).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = Module(name, path, ast.parse(path.read_text(encoding="utf-8"), str(path)))
    return found


@cache
def imports() -> tuple[Import, ...]:
    """Every import in ccc: at the top of a module, inside functions and under TYPE_CHECKING alike."""
    return tuple(found for module in modules().values() for found in _imports_of(module))


def _imports_of(module: Module) -> Iterator[Import]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(module, alias.name, node.lineno)
        elif isinstance(node, ast.ImportFrom):
            base = _base(module, node)
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                yield Import(module, inner if inner in modules() else base, node.lineno)


def _base(module: Module, node: ast.ImportFrom) -> str:
    """The module that a `from ... import` names, with relative dots resolved."""
    if not node.level:
        return node.module or ""
    parts = module.name.split(".")
    parts = parts[: len(parts) - node.level + module.is_package]
    return ".".join([*parts, node.module] if node.module else parts)


def room(name: str) -> str:
    """The part of ccc that a module belongs to: `ccc.isa.table` is in `isa`; `ccc` itself is in the room ``."""
    return [*name.split("."), ""][1]


def is_inside(name: str, place: str) -> bool:
    """Whether a module is `place` or lies below it. A `*` at the end stands for any letters: `ccc.cli.render*`."""
    return name == place or name.startswith(place[:-1] if place.endswith("*") else place + ".")


def loaded_by(found: Import) -> Iterator[str]:
    """The modules of ccc that an import runs: its target, and the packages around that which the importer is not in."""
    parts = found.target.split(".")
    around = (".".join(parts[:count]) for count in range(1, len(parts)))
    for name in (found.target, *(name for name in around if not is_inside(found.importer.name, name))):
        if name in modules():
            yield name


def references(module: Module) -> Iterator[tuple[str, int]]:
    """Every name and attribute that is read, as a dotted name with aliases undone (`np.load` is `numpy.load`), and its
    line. A plain name that no import binds stands as it is written.
    """
    aliases = dict(_aliases(module))
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
            if dotted := _dotted(node):
                first, dot, rest = dotted.partition(".")
                yield aliases.get(first, first) + dot + rest, node.lineno
        elif isinstance(node, ast.ImportFrom):
            yield from ((f"{_base(module, node)}.{alias.name}", node.lineno) for alias in node.names)


def _aliases(module: Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from ((alias.asname, alias.name) for alias in node.names if alias.asname)
        elif isinstance(node, ast.ImportFrom):
            base = _base(module, node)
            yield from ((alias.asname or alias.name, f"{base}.{alias.name}") for alias in node.names)


def _dotted(node: ast.expr) -> str:
    """`a.b.c` for such an expression, the empty string for any other."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (front := _dotted(node.value)):
        return f"{front}.{node.attr}"
    return ""


def functions(module: Module) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Every function and method with its full name, e.g. `ccc.errors.Diagnostic.render`."""

    def walk(node: ast.AST, prefix: str) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{prefix}.{child.name}", child
            inside = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            yield from walk(child, f"{prefix}.{child.name}" if inside else prefix)

    return walk(module.tree, module.name)
