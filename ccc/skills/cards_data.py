"""Numbers, vectors and matrices in YAML."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from ccc.machine import Cells
from ccc.skills.cards_yaml import Document, Node

_LARGEST = float(np.finfo(np.float64).max)


def read_data(path: str | Path) -> dict[str, Cells]:
    """The data in a YAML file, a mapping of names to numbers, lists of numbers, or lists of rows, in order.

    Raises CardError with every mistake found, FileError when it cannot be read.
    """
    document = Document.open(path)
    root = document.root
    found: dict[str, Cells] = {}
    if not isinstance(root.value, dict):
        document.problem(root.span, f"expected names with data, as in `x: [1, 2, 3]`; found {root.what}")
    else:
        for name, node in root.value.items():
            value = array_of(document, node, name, "a number, a list, or a list of rows")
            if value is not None:
                found[name] = value
    document.stop_if_any()
    return found


def array_of(
    document: Document, node: Node, what: str, expected: str, problem_of: Callable[[float], str] = lambda value: ""
) -> Cells | None:
    """The numbers under `node`, in its own shape; a mistake goes to the document, and there is no array then.

    what, expected: words for messages. problem_of: what was expected instead of a number, or the empty string.
    """
    if not _is_array(node):
        document.problem(node.span, f"{what}: expected {expected}, found {node.what}")
        return None
    for leaf in _leaves(node):
        wanted = _number_problem(leaf) or problem_of(float(leaf.plain))
        if wanted:
            document.problem(leaf.span, f"{what}: expected {wanted}, found {leaf.what}")
            return None
    rows = node.plain
    if isinstance(rows, list) and len({len(row) for row in rows if isinstance(row, list)}) > 1:
        document.problem(node.span, f"{what}: rows of different lengths")
        return None
    return np.asarray(np.asarray(rows, dtype=np.float64) + 0.0)  # no -0.0; of a scalar, still an array


def _is_array(node: Node) -> bool:
    """Whether this is a leaf, a list of leaves, or a list of lists of leaves."""
    if not isinstance(node.value, list):
        return not isinstance(node.value, dict | str | None)
    nested = [isinstance(inner.value, list) for inner in node.value]
    leaves = [leaf for inner in node.value for leaf in (inner.value if isinstance(inner.value, list) else [inner])]
    return (all(nested) or not any(nested)) and not any(isinstance(leaf.value, list | dict) for leaf in leaves)


def _leaves(node: Node) -> list[Node]:
    return [leaf for inner in node.value for leaf in _leaves(inner)] if isinstance(node.value, list) else [node]


def _number_problem(leaf: Node) -> str:
    if isinstance(leaf.value, bool) or not isinstance(leaf.value, int | float):
        return "a number"
    return "" if not abs(leaf.value) > _LARGEST else "a number that a double holds"
