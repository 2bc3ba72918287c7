"""Options that the commands which learn share, and how their text becomes values."""

from __future__ import annotations

import contextlib
import json
import math
import os
import re
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ccc.cli.options import refuse_same_file
from ccc.errors import FileError, UsageError
from ccc.files import check_writable

if TYPE_CHECKING:
    from ccc.learn.joining import Named
    from ccc.learn.model import Budget, Spec
    from ccc.skills.library import Library

F = TypeVar("F", bound=Callable[..., Any])

_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([KMGT]?)(?:i?B)?", re.IGNORECASE)
_UNITS = {"": 0, "K": 10, "M": 20, "G": 30, "T": 40}
ATOMS, WHOLE = "atoms", "library"


class Size(click.ParamType[int]):
    """Bytes, as in 512MiB or 2G."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number of bytes."""
        found = _SIZE.fullmatch(str(value).strip())
        if found is None:
            self.fail(f"{value!r} is no size: as in 512MiB or 2GiB", param, ctx)
        return int(float(found[1]) * (1 << _UNITS[found[2].upper()]))


class Real(click.FloatRange):
    """A finite number in a range."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number, which is one."""
        found: float = super().convert(value, param, ctx)
        if not math.isfinite(found):
            self.fail(f"{value!r} is no number", param, ctx)
        return found


class Setting(Real):
    """A number of training, within what float32 can still compute with."""

    def __init__(self, *, positive: bool = False) -> None:
        super().__init__(0, max=1e6, min_open=positive)


class Seconds(Real):
    """More than none, and no more than 30 days."""

    def __init__(self) -> None:
        super().__init__(0, min_open=True, max=30 * 86_400)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a command asks for instead of what specs say; None where it asks for nothing."""

    method: str
    guide: str
    seed: int | None
    seconds: float | None
    candidates: int | None
    memory: int | None

    def budget(self, spec: Spec) -> Budget:
        """The budget of a spec, with what is asked for instead."""
        said = {"seconds": self.seconds, "candidates": self.candidates, "memory": self.memory}
        changed: Budget = replace(spec.budget, **{key: value for key, value in said.items() if value is not None})  # type: ignore[arg-type]
        return changed


def search_options(function: F) -> F:
    """--method, --guide, --seed, --seconds, --candidates, --memory."""
    for option in (
        click.option("--memory", type=Size(), metavar="SIZE", help="Memory, as in 512MiB, instead of the spec's."),
        click.option("--candidates", type=click.IntRange(1), metavar="N", help="Candidates, instead of the spec's."),
        click.option(
            "--seconds",
            type=Seconds(),
            metavar="S",
            help="Seconds, instead of the spec's.",
        ),
        click.option("--seed", type=click.IntRange(0), help="The seed, instead of the spec's."),
        click.option(
            "--guide",
            type=click.Choice(["uniform", "frequency", "text"]),
            default="text",
            show_default=True,
            help="What orders the search: nothing, how often each skill is a part of learnt ones, or that and how "
            "much its description is like the spec's.",
        ),
        click.option(
            "--method",
            type=click.Choice(
                [
                    "enumerate",
                    "focus",
                    "sweep",
                    "formulas",
                    "best-first",
                    "mcts",
                    "kernel",
                    "network",
                    "gradient",
                    "gradient-guided",
                    "portfolio",
                ]
            ),
            default="portfolio",
            show_default=True,
            help="How to search; portfolio: what the spec asks for, else every general "
            "method in turn, within one budget.",
        ),
    ):
        function = option(function)
    return function


def base_option(default: str) -> Callable[[F], F]:
    """--base."""
    return click.option(
        "--base",
        type=click.Choice([ATOMS, WHOLE]),
        default=default,
        show_default=True,
        help="Skills to start from: those of generation 0, or all of the libraries; learnt ones join them.",
    )


def use_threads(threads: int) -> None:
    """Set how many threads searches and engines use. It counts only before the first of them is loaded."""
    from ccc.learn.threads import threads_said

    os.environ.update(threads_said(threads))


def starting_parts(library: Library, base: str, into: Path | None = None) -> tuple[str, ...]:
    """The skills that programs may be made of, by name. into: the folder of learnt skills, which always may."""
    from ccc.learn.priors import learnt_in
    from ccc.learn.problem import base_parts

    if base == WHOLE:
        return tuple(library.names)
    return tuple(sorted({*base_parts(library), *(learnt_in(library, into) if into else ())}))


def make_folder(folder: Path) -> None:
    """Make a folder, if it is not there. Raises FileError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"cannot make {folder}: {(error.strerror or str(error)).lower()}") from None


def make_library(into: Path) -> None:
    """Make the folder of the library that learnt skills join, which goes again in the end if nothing has joined it.

    Raises FileError, UsageError where it is read-only.
    """
    context = click.get_current_context(silent=True)
    if context is not None and not into.exists():
        context.call_on_close(partial(_remove_if_empty, into))
    make_folder(into)
    if not os.access(into, os.W_OK | os.X_OK):
        raise UsageError(f"--into: {into} cannot be written")


def _remove_if_empty(folder: Path) -> None:
    with contextlib.suppress(OSError):
        folder.rmdir()


def finish_undisturbed() -> None:
    """Pay no heed to Ctrl-C from now on until the command ends: what was found is written and shown."""
    context = click.get_current_context(silent=True)
    if context is not None and threading.current_thread() is threading.main_thread():
        context.call_on_close(partial(signal.signal, signal.SIGINT, signal.signal(signal.SIGINT, signal.SIG_IGN)))


def check_targets(spec: str, *targets: str | None) -> None:
    """Raises FileError where a target cannot be written, UsageError where it is the spec or a file that it names, and
    what reading a spec does. A spec is read only where a target is there already.
    """
    from ccc.learn.spec_parts import sources_of

    wanted = [target for target in targets if target is not None]
    for target in wanted:
        check_writable(target)
    there = [target for target in wanted if os.path.exists(target)]
    for source in sources_of(spec) if there else ():
        for target in there:
            refuse_same_file(str(source), target)


def learnt_already(spec: Named, library: Library, into: Path | None, nothing: str, *, as_json: bool) -> bool:
    """Whether the library `into` has what the spec asks for, from this spec; if so, say it.

    nothing: what was not done, in one word. Raises SkillError where it has another skill of that name.
    """
    from ccc.learn.joining import learnt_before

    if into is None or learnt_before(spec, library, into.resolve()) is None:
        return False
    again = {"name": spec.name, "status": "learnt", "again": True, "into": str(into)}
    click.echo(json.dumps(again) if as_json else f"{spec.name} is learnt already, in {into}; nothing was {nothing}")
    return True


def say_joined(spec: Named, into: Path, *, new: bool, as_json: bool) -> None:
    """Say that what was learnt is in a library now. new: or has been put there by another process meanwhile.

    Raises SkillError where that was another skill of this name.
    """
    from ccc.learn.joining import learnt_before
    from ccc.skills.library import Library

    if not new:
        folder = into.resolve()
        learnt_before(spec, Library([folder]), folder)
    if not as_json:
        click.echo(f"{spec.name} has joined {into}" if new else f"{spec.name} is in {into} now, put there meanwhile")


def say_how_to_go_on(resume: str | None, *, interrupted: bool, as_json: bool) -> None:
    """Say that what was interrupted is not lost, where it is kept."""
    if interrupted and resume is not None and not as_json:
        click.echo(f"the same command goes on from here: {resume} has it")


def folders_with(into: Path, folders: tuple[str, ...]) -> tuple[Path, ...]:
    """The library that learnt skills join, which need not be there yet, then the others. Raises SkillError."""
    from ccc.skills.folders import libraries

    others = [folder.resolve() for folder in libraries(folders)]
    return tuple(dict.fromkeys([into.resolve(), *others]))
