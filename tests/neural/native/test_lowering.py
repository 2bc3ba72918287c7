"""The lowering knows layers and no instruction."""

from __future__ import annotations

import ast
import re

from ccc.isa import BY_MNEMONIC, Fault
from tests.architecture.source_tree import imports, is_inside, modules

NATIVE = "ccc.neural.native"
HERE = {name: module for name, module in modules().items() if is_inside(name, NATIVE)}
MAY_KNOW_OF_ISA = {"DIALECTS", "Dialect"}
"""The dialect's name is checked when code is taken from the cache; nothing else of the instruction set is needed."""


def test_there_is_something_to_look_at() -> None:
    assert len(HERE) > 15


def test_no_mnemonic_and_no_fault_is_spelt() -> None:
    names = {*BY_MNEMONIC, *(fault.label for fault in Fault)}
    strings = {
        (name, node.value)
        for name, module in HERE.items()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant) and node.value in names
    }
    assert strings == set()


def test_the_instruction_table_is_not_read() -> None:
    found = {
        (module.name, alias.name)
        for module in HERE.values()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom) and node.module and is_inside(node.module, "ccc.isa")
        for alias in node.names
        if alias.name not in MAY_KNOW_OF_ISA
    }
    assert found == set()


def test_neither_constructions_nor_experts_are_read() -> None:
    allowed = {"ccc.neural.model"}
    wrong = {
        str(entry)
        for entry in imports()
        if is_inside(entry.importer.name, NATIVE)
        and re.match(r"ccc\.(neural\.(construct|expert)|emulator|assembler)", entry.target)
        and entry.target not in allowed
    }
    assert wrong == set()
