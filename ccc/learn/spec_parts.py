"""What specs of all kinds have: alphabets, words that stand for 0, 1, and so on; and which kind a spec is of."""

from __future__ import annotations

from pathlib import Path

from ccc.skills.cards_yaml import Document, Node
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


_FILES = (("file",), ("reference", "program"), ("pool", "file"), ("pool", "expected"))
"""Where a spec names files: the one of its cases may be one for each part."""


def files_of(root: Node) -> list[str]:
    """The files that a spec names, as it does. root: of its document."""
    nodes = [_at(root, keys) for keys in _FILES]
    nodes += list(nodes[0].value.values()) if nodes[0] is not None and isinstance(nodes[0].value, dict) else []
    return [node.value for node in nodes if node is not None and isinstance(node.value, str)]


def _at(node: Node | None, keys: tuple[str, ...]) -> Node | None:
    for key in keys:
        node = node.value.get(key) if node is not None and isinstance(node.value, dict) else None
    return node


def sources_of(path: str | Path) -> list[Path]:
    """A spec, and the files that it is made of, whether they are there or not. Raises CardError, FileError."""
    return [Path(path), *(Path(path).parent / name for name in files_of(Document.open(path).root))]
