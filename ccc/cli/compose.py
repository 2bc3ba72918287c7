"""`ccc compose`: a program over known skills, found by search from the examples of a spec."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ccc.cli.learning import (
    WHOLE,
    Wish,
    base_option,
    check_targets,
    finish_undisturbed,
    make_folder,
    say_how_to_go_on,
    search_options,
    starting_parts,
    use_threads,
)
from ccc.cli.options import Target, json_option, library_option, parts_folder, refuse_same_target
from ccc.errors import ExitCode
from ccc.files import write_atomic

if TYPE_CHECKING:
    from ccc.learn.attempt import Attempt
    from ccc.learn.model import Problem, Searcher, Spec
    from ccc.learn.state import SearchState
    from ccc.skills.library import Library


@click.command("compose")
@click.argument("file", metavar="SPEC.YAML")
@click.option("-o", "--output", type=Target(), metavar="MIXTURE.YAML", help="Write what is learnt as a mixture.")
@click.option(
    "--resume",
    type=Target(),
    metavar="FILE",
    help="Keep how far the search is in this file, and go on from there if it is there.",
)
@search_options
@click.option("--threads", type=click.IntRange(1, 256), default=os.cpu_count(), help="Threads.  [default: all cores]")
@base_option(WHOLE)
@library_option
@json_option
def command(
    file: str,
    output: str | None,
    resume: str | None,
    method: str,
    guide: str,
    seed: int | None,
    seconds: float | None,
    candidates: int | None,
    memory: int | None,
    threads: int,
    base: str,
    folders: tuple[str, ...],
    as_json: bool,
) -> int:
    """Search for a program over known skills that does what a spec's examples say.

    What is right on all training examples is verified: on the examples held out, on longer ones, and by the emulator
    and the Transformer, which must agree bit for bit. Exit code 2 where no program is verified within the budget: then
    the best found is shown, and where it fails. Ctrl-C shows the best so far (exit code 130).

    -o FILE.yaml writes what was learnt, and into FILE.parts the skills that it calls and no library has.
    """
    use_threads(threads)
    from ccc.skills.library import Library

    refuse_same_target({"-o": output, "--resume": resume})
    check_targets(file, output, resume)
    wish = Wish(method, guide, seed, seconds, candidates, memory)
    library = Library.default(folders)
    result = search(file, library, wish, starting_parts(library, base), resume=resume)
    written = write_program(result, output, library) if output is not None and result.learnt else []
    say(result, output, written, as_json=as_json)
    say_how_to_go_on(resume, interrupted=result.interrupted, as_json=as_json)
    return exit_code(result)


def say(result: Attempt, output: str | None, written: Sequence[Path], *, as_json: bool) -> None:
    """Say what the attempt came to, and what was written of what was asked for."""
    if as_json:
        click.echo(json.dumps(to_json(result) | {"output": [str(path) for path in written]}))
        return
    show(result)
    for path in written:
        click.echo(f"written: {path}")
    if output is not None and not written:
        click.echo(f"{output} was not written: nothing was learnt")


def search(file: str, library: Library, wish: Wish, parts: tuple[str, ...], *, resume: str | None = None) -> Attempt:
    """One attempt at the spec in a file, with progress on the screen."""
    from ccc.learn.spec import read_spec

    return search_for(read_spec(file), library, wish, parts, resume=resume)


def search_for(
    spec: Spec,
    library: Library,
    wish: Wish,
    parts: tuple[str, ...],
    *,
    resume: str | None = None,
    searcher: Searcher | None = None,
    state: SearchState | None = None,
) -> Attempt:
    """One attempt at a spec, with progress on the screen. searcher: instead of that of the method wished for. state:
    keeps how far the attempt is, instead of the file `resume`.
    """
    from ccc.cli.render_learn import SearchProgress
    from ccc.learn.attempt import attempt, find_failure
    from ccc.learn.methods import make_searcher, method_for
    from ccc.learn.state import SearchState, identity
    from ccc.learn.verify import verify

    problem = problem_of(spec, library, wish, parts)
    seed = spec.seed if wish.seed is None else wish.seed
    budget, method = wish.budget(spec), method_for(spec, wish.method)
    if resume is not None:
        state = SearchState(resume, identity=identity(problem, spec.checksum, method, seed))
    with SearchProgress(spec.name, budget) as progress:
        result = attempt(
            *(spec, problem, searcher or make_searcher(method), budget, seed),
            verify=verify,
            report=progress.update,
            state=state,
        )
        finish_undisturbed()
    find_failure(result, verify, library)
    return result


def problem_of(spec: Spec, library: Library, wish: Wish, parts: tuple[str, ...]) -> Problem:
    """The problem that a spec poses, its parts ordered by the guide wished for."""
    from ccc.learn.guides import make_guide
    from ccc.learn.priors import learnt_in
    from ccc.learn.problem import pose

    learnt = [name for name in learnt_in(library) if name in parts]
    return pose(spec, library, make_guide(wish.guide, library, learnt), set(parts))


def write_program(result: Attempt, output: str, library: Library) -> list[Path]:
    """Write what was learnt: the mixture into the file, those that it calls as skills into a folder beside it."""
    from ccc.learn.verify import write_skill
    from ccc.skills.library import Library
    from ccc.skills.mixture_write import mixture_text

    assert result.found is not None
    *helpers, last = result.found.mixtures
    path, folder = Path(output), parts_folder(output)
    for helper in helpers:
        make_folder(folder)
        write_skill(helper, Library([folder, *library.folders]), folder)
    write_atomic(path, mixture_text(last).encode())
    return [path, *([folder] if helpers else [])]


def exit_code(result: Attempt) -> ExitCode:
    """0 where the spec was learnt, 130 after Ctrl-C, else 2."""
    if result.learnt:
        return ExitCode.OK
    return ExitCode.INTERRUPTED if result.interrupted else ExitCode.NOT_LEARNT


def to_json(result: Attempt) -> dict[str, Any]:
    """What an attempt came to."""
    from ccc.learn.entries import attempt_entry

    return attempt_entry(result)


def show(result: Attempt) -> None:
    """What an attempt came to, in words."""
    from ccc.learn.entries import attempt_lines

    for line in attempt_lines(result):
        click.echo(line)
