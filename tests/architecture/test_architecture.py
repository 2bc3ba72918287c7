"""The rules of the house, checked on the syntax trees of ccc. docs/architecture.md explains them."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from pathlib import Path

import pytest

from tests.architecture.source_tree import (
    PACKAGE,
    ROOT,
    functions,
    imports,
    is_inside,
    loaded_by,
    modules,
    references,
    room,
)

# ---- The rules ------------------------------------------------------------------------------------------------------

# The rooms of ccc, from the bottom up. A room imports itself and rooms further up in this table; rooms in one row do
# not know each other.
LAYERS = (
    ("errors",),
    ("files",),
    ("cache",),
    ("tensors",),
    ("isa",),
    ("machine",),
    ("assembler", "emulator", "neural"),
    ("trace",),
    ("skills",),
    ("learn",),
    ("bench",),  # it measures what everything below the command line does
    ("cli",),
    ("__main__",),  # `python -m ccc`, where the command begins
)

# The two executors are written twice on purpose, so that comparing them means something. Rooms that may see both:
EXECUTORS = ("emulator", "neural")
SEES_BOTH_EXECUTORS = ("trace", "cli")

# One library, one door: the modules that may import a library from outside. No other library may be imported at all.
DOORS = {
    "click": ("ccc.cli",),
    "lark": ("ccc.assembler",),
    "llvmlite": ("ccc.neural.native",),
    "matplotlib": ("ccc.bench.plots", "ccc.bench.training"),
    "numba": ("ccc.emulator", "ccc.learn.search"),
    "numpy": ("ccc",),
    "ray": ("ccc.learn.pool_ray",),
    "rich": ("ccc.cli.render*",),
    "safetensors": ("ccc.tensors",),
    "tensorboardX": ("ccc.learn.gradient.tensorboard",),
    "torch": ("ccc.neural", "ccc.skills.mixture*", "ccc.learn"),
    "yaml": ("ccc.skills.cards*", "ccc.learn.spec*"),
}

# Images, weights and specs come from strangers, so nothing in ccc runs or unpickles what it reads, or starts processes.
FORBIDDEN_MODULES = ("cloudpickle", "dill", "joblib", "marshal", "pickle", "shelve", "subprocess")
FORBIDDEN_NAMES = (
    "eval",
    "exec",
    "os.exec*",
    "os.popen",
    "os.posix_spawn*",
    "os.spawn*",
    "os.system",
    "torch.load",
    "torch.save",
    "yaml.full_load*",
    "yaml.load*",
    "yaml.unsafe_load*",
)

# The bench times whole commands and a loop in C, which are processes of their own. It starts ccc, gcc and what gcc made
# of this checkout's source, each with a list of arguments, none of which comes from a file that it read. A curriculum
# is learnt by several processes: each is this Python with one module of ccc, and is told what to do in JSON.
MAY_START_PROCESSES = ("ccc.bench.processes", "ccc.learn.pool_processes")

# An import by a computed name is one that these tests cannot see. The modules that may do it:
DYNAMIC_IMPORTS = ("__import__", "importlib.import_module", "importlib.__import__")
MAY_IMPORT_DYNAMICALLY = ("ccc.cli", "ccc.neural", "ccc.skills")

# What must start quickly loads none of the slow libraries. Each case is Python code.
SLOW_LIBRARIES = ("numba", "torch")
QUICK_STARTS = {
    "import ccc": "import ccc",
    "ccc --help": "run('--help')",
    "ccc assemble": "run('assemble', source, '-o', image, '--library', str(__import__('pathlib').Path(source).parent))",
}
# What runs skills on the emulator loads numba, but not torch.
WITHOUT_TORCH = {
    "ccc skills list": "run('skills', 'list', '--json')",
    "ccc skills show": "run('skills', 'show', 'dot')",
    "ccc skills test": "run('skills', 'test', 'dot', '--engine', 'emulator')",
    "ccc explain": "run('explain', 'dot')",
}

# Sizes. A file or function that has to be longer stands here with the reason; a reason no longer needed is an error.
FILE_LINES, FILE_LINES_AT_MOST = 400, 450
FUNCTION_LINES = 60
LONG_FILES: dict[str, str] = {}  # module: why it is longer than FILE_LINES
LONG_FUNCTIONS: dict[str, str] = {  # full name: why it is longer than FUNCTION_LINES
    "ccc.learn.search.expand.check": "one loop of native code over four arguments; its arguments take 17 lines",
    "ccc.learn.search.trial.machines": "one loop of native code; its arguments, handed on whole, take 45 lines",
}

# ---- The checks -----------------------------------------------------------------------------------------------------

RANK = {name: rank for rank, row in enumerate(LAYERS) for name in row}


def fail_on(problems: Iterable[object], rule: str) -> None:
    listed = sorted({str(problem) for problem in problems})
    if listed:
        pytest.fail("\n".join([rule, *(f"  {line}" for line in listed)]), pytrace=False)


def inside_any(name: str, places: Iterable[str]) -> bool:
    return any(is_inside(name, place) for place in places)


def matches_any(name: str, patterns: Iterable[str]) -> bool:
    return any(name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern for pattern in patterns)


def inner_imports():
    """Imports of one part of ccc by another, with the room of each."""
    for found in imports():
        if is_inside(found.target, PACKAGE):
            yield found, room(found.importer.name), room(found.target)


def test_every_room_has_its_place() -> None:
    unknown = (module.at(1) for name, module in modules().items() if name != PACKAGE and room(name) not in RANK)
    fail_on(unknown, "Not in a room that LAYERS lists:")


def test_imports_run_one_way() -> None:
    wrong = (
        found
        for found, here, there in inner_imports()
        if there and here != there and RANK.get(there, 0) >= RANK.get(here, -1)
    )
    fail_on(wrong, "A room may import only rooms that stand above its row in LAYERS:")


def test_only_the_comparison_sees_both_executors() -> None:
    seen: dict[str, set[str]] = {}
    for _, here, there in inner_imports():
        seen.setdefault(here, set()).add(there)
    both = (here for here, there in seen.items() if there.issuperset(EXECUTORS) and here not in SEES_BOTH_EXECUTORS)
    fail_on(both, f"Only {' and '.join(SEES_BOTH_EXECUTORS)} may import both {' and '.join(EXECUTORS)}:")


def test_no_import_cycles() -> None:
    """An import inside a function or under TYPE_CHECKING counts: it hides a knot, it does not untie it."""
    graph: dict[str, set[str]] = {name: set() for name in modules()}
    places: dict[tuple[str, str], str] = {}
    for found in imports():
        for loaded in loaded_by(found):
            graph[found.importer.name].add(loaded)
            places.setdefault((found.importer.name, loaded), str(found))
    cycle: list[str] = []
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        cycle = error.args[1]
    # graphlib lists a cycle so that each name is imported by the next one.
    fail_on((places[importer, loaded] for loaded, importer in pairwise(cycle)), "These imports form a cycle:")


@pytest.mark.parametrize("library", DOORS)
def test_each_library_has_one_door(library: str) -> None:
    others = (
        found
        for found in imports()
        if is_inside(found.target, library) and not inside_any(found.importer.name, DOORS[library])
    )
    fail_on(others, f"{library} may be imported only in {', '.join(DOORS[library])}:")


def test_no_library_without_a_door() -> None:
    known = {*sys.stdlib_module_names, PACKAGE, *DOORS}
    strangers = (found for found in imports() if found.target.split(".")[0] not in known)
    fail_on(strangers, "Neither the standard library nor a library in DOORS:")


def test_no_forbidden_module() -> None:
    wrong = (
        found
        for found in imports()
        if inside_any(found.target, FORBIDDEN_MODULES)
        and not (found.target == "subprocess" and inside_any(found.importer.name, MAY_START_PROCESSES))
    )
    fail_on(wrong, f"Forbidden in ccc: {', '.join(FORBIDDEN_MODULES)}:")


def test_no_forbidden_call() -> None:
    wrong = (
        f"{module.at(line)}: {name}"
        for module in modules().values()
        for name, line in references(module)
        if matches_any(name, FORBIDDEN_NAMES)
    )
    fail_on(wrong, "ccc never executes or unpickles what it reads, and starts no process:")


def test_no_pickle_in_numpy_files() -> None:
    wrong = (
        module.at(node.value.lineno)
        for module in modules().values()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.keyword) and node.arg == "allow_pickle"
    )
    fail_on(wrong, "numpy.load refuses pickles unless told otherwise; leave it at that:")


def test_no_import_that_these_tests_cannot_see() -> None:
    wrong = (
        f"{module.at(line)}: {name}"
        for module in modules().values()
        for name, line in references(module)
        if name in DYNAMIC_IMPORTS and not inside_any(module.name, MAY_IMPORT_DYNAMICALLY)
    )
    fail_on(wrong, f"Only {', '.join(MAY_IMPORT_DYNAMICALLY)} may import by a computed name:")


@pytest.mark.parametrize("case", [*QUICK_STARTS, *WITHOUT_TORCH])
def test_quick_starts_load_no_slow_library(case: str, tmp_path: Path) -> None:
    slow = SLOW_LIBRARIES if case in QUICK_STARTS else ("torch",)
    source, image = tmp_path / "halt.s", tmp_path / "halt.bin"
    source.write_text("halt\n", encoding="utf-8")
    code = f"""
import sys
source, image = {str(source)!r}, {str(image)!r}
def run(*arguments):
    from ccc.cli import main
    sys.argv = ["ccc", *arguments]
    try:
        main()
    except SystemExit as end:
        assert not end.code, end.code
{(QUICK_STARTS | WITHOUT_TORCH)[case]}
print("LOADED", *(name for name in {slow!r} if name in sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    fail_on(done.stdout.splitlines()[-1].split()[1:], f"`{case}` must not load:")


def test_files_are_short() -> None:
    long = {name: module.lines for name, module in modules().items() if module.lines > FILE_LINES}
    fail_on(
        (f"{name}: {lines}" for name, lines in long.items() if name not in LONG_FILES or lines > FILE_LINES_AT_MOST),
        f"Files of more than {FILE_LINES} lines need a reason in LONG_FILES, {FILE_LINES_AT_MOST} is the most:",
    )
    fail_on(LONG_FILES.keys() - long.keys(), "No longer long, so take it out of LONG_FILES:")


def test_functions_are_short() -> None:
    lengths = {
        name: node.end_lineno - node.lineno + 1 for module in modules().values() for name, node in functions(module)
    }
    long = {name: lines for name, lines in lengths.items() if lines > FUNCTION_LINES}
    fail_on(
        (f"{name}: {lines}" for name, lines in long.items() if name not in LONG_FUNCTIONS),
        f"Functions of more than {FUNCTION_LINES} lines need a reason in LONG_FUNCTIONS:",
    )
    fail_on(LONG_FUNCTIONS.keys() - long.keys(), "No longer long, so take it out of LONG_FUNCTIONS:")


def test_every_package_says_what_it_is_for_and_what_is_public() -> None:
    packages = [module for name, module in modules().items() if module.is_package and name != PACKAGE]
    silent = (module.at(1) for module in packages if not ast.get_docstring(module.tree))
    fail_on(silent, "A package starts with a docstring that says what it is for:")
    open_ended = (module.at(1) for module in packages if not defines(module.tree, "__all__"))
    fail_on(open_ended, "A package lists its public names in __all__:")


def defines(tree: ast.Module, name: str) -> bool:
    targets = (
        target
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
    )
    return any(isinstance(target, ast.Name) and target.id == name for target in targets)


def test_every_folder_is_a_package() -> None:
    folders = {path.parent for path in (ROOT / PACKAGE).rglob("*.py")}
    fail_on((folder for folder in folders if not (folder / "__init__.py").exists()), "Folders without __init__.py:")
