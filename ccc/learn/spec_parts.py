"""What specs of all kinds have: alphabets, words that stand for 0, 1, and so on; and which kind a spec is of."""

from __future__ import annotations

from pathlib import Path

from ccc.skills.cards_yaml import Document
from ccc.skills.model import Type
from ccc.skills.names import NAME


def read_symbols(document: Document) -> dict[str, tuple[str, ...]]:
    """What stands under `symbols`, by name; mistakes go to the document, whose root is a mapping."""
    found: dict[str, tuple[str, ...]] = {}
    root = document.root.value
    node = root.get("symbols") if isinstance(root, dict) else None
    if node is None or node.value is None:
        return found
    if not isinstance(node.value, dict):
        hint = "as in `{colour: [red, green]}`"
        document.problem(node.span, f"symbols: expected a mapping, found {node.what}", hint)
        return found
    for name, inner in node.value.items():
        span = node.keys[name]
        if not NAME.fullmatch(name) or name in {kind.value for kind in Type}:
            document.problem(span, f"symbols: {name!r} is no name for an alphabet", "letters, digits and _, no type")
        words = inner.value if isinstance(inner.value, list) else []
        texts = [word.value for word in words if isinstance(word.value, str) and word.value]
        if not words or len(texts) != len(words) or len(set(texts)) != len(texts):
            document.problem(inner.span, f"symbols: '{name}' is a list of different words", "as in `[red, green]`")
            continue
        found[name] = tuple(texts)
    return found


NO_OUTPUTS = "outputs: none, so there is nothing to learn"
"""What is wrong with a spec of a function that gives nothing back, as a skill may."""
STEPS = "steps"
"""The key that a spec has whose program is given, so that only weights are to be found."""


def has_steps(path: str | Path) -> bool:
    """Whether a spec says the steps of a program. Raises CardError, FileError."""
    root = Document.open(path).root.value
    return isinstance(root, dict) and STEPS in root
