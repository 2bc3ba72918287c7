"""`ccc learn-skill`: learn one spec, or a folder of specs in generations, and add what is verified to a library."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ccc.cli.learning import (
    ATOMS,
    WHOLE,
    Wish,
    folders_with,
    learnt_already,
    make_library,
    say_joined,
    search_options,
    starting_parts,
    use_threads,
)
from ccc.cli.options import Target, json_option, library_option, refuse_same_file
from ccc.errors import ExitCode, UsageError
from ccc.files import check_writable, write_atomic

if TYPE_CHECKING:
    from ccc.learn.curriculum import Curriculum, Plan, SpecFile
    from ccc.learn.pool import Pool
    from ccc.learn.summary import Summary

RESULTS = "results.jsonl"


@click.command("learn-skill")
@click.argument("target", metavar="SPEC.YAML|FOLDER", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--into",
    type=Target(file_okay=False, path_type=Path),
    default=Path("learnt"),
    show_default=True,
    metavar="DIR",
    help="The library that learnt skills join; made if it is not there.",
)
@click.option(
    "--base",
    type=click.Choice([ATOMS, WHOLE]),
    help="Skills to start from: those of generation 0, or all of the libraries.  "
    "[default: library for one spec, atoms for a folder]",
)
@search_options
@click.option("--jobs", type=click.IntRange(1, 1024), metavar="N", help="Workers.  [default: one a core]")
@click.option("--threads", type=click.IntRange(1, 256), help="Threads of each worker.  [default: cores / jobs]")
@click.option("--flat", is_flag=True, help="Of a folder: one generation on --base alone, and nothing joins.")
@click.option(
    "--ray", metavar="ADDRESS", help="Of a folder: workers of a Ray cluster; `local` starts one on this machine."
)
@click.option(
    "--results",
    type=Target(dir_okay=False, path_type=Path),
    metavar="FILE",
    help=f"Of a folder: one JSON line for each attempt; a run goes on from it.  [default: {RESULTS} in --into]",
)
@click.option(
    "--report",
    type=Target(dir_okay=False, path_type=Path),
    metavar="OUT.HTML",
    help="Of a folder: write the report as a page.",
)
@library_option
@json_option
def command(
    target: Path,
    into: Path,
    base: str | None,
    method: str,
    guide: str,
    seed: int | None,
    seconds: float | None,
    candidates: int | None,
    memory: int | None,
    jobs: int | None,
    threads: int | None,
    flat: bool,
    ray: str | None,
    results: Path | None,
    report: Path | None,
    folders: tuple[str, ...],
    as_json: bool,
) -> int:
    """Learn a skill, or a curriculum, from examples, and add what is verified to a library.

    Of a folder every spec is tried with the skills known so far; what is verified joins them; this is repeated until a
    generation solves nothing, nor one on --base alone. The first generations try with a small part of the budget. After
    each, all skills are tested again, and must do what they did, bit for bit. A run that was ended, in whatever way,
    goes on when it is started again; several may work on one library.

    Exit code 2 where a spec is not learnt, 1 where a skill has changed or does not do what its card says, 3 where a
    spec is wrong.
    """
    cores = os.cpu_count() or 1
    wish = Wish(method, guide, seed, seconds, candidates, memory)
    if not target.is_dir():
        if flat or ray or report or results or jobs:
            raise UsageError("--flat, --ray, --report, --results and --jobs go with a folder of specs")
        use_threads(threads or cores)
        return _one(target, into, base or WHOLE, wish, folders, as_json=as_json)
    jobs = jobs or cores
    threads = threads or max(1, cores // jobs)
    if report is not None:
        check_writable(report)
    run = _Run(target, into, base or ATOMS, wish, folders, results, flat=flat)
    if report is not None:
        run.check_report(report)
    return run.go(ray, jobs, threads, report, as_json=as_json)


# One spec


def _one(target: Path, into: Path, base: str, wish: Wish, folders: tuple[str, ...], *, as_json: bool) -> int:
    from ccc.cli.compose import exit_code, search_for, show, to_json
    from ccc.learn.joining import join
    from ccc.learn.spec import read_spec
    from ccc.learn.spec_parts import has_steps
    from ccc.skills.library import Library

    paths = folders_with(into, folders)
    if has_steps(target):
        return _weights(target, into, wish, paths, as_json=as_json)
    spec = read_spec(target, [path for path in paths if path.is_dir()])
    make_library(into)
    library = Library(paths)
    if learnt_already(spec, library, into, "searched", as_json=as_json):
        return ExitCode.OK
    result = search_for(spec, library, wish, starting_parts(library, base, paths[0]))
    seed = spec.seed if wish.seed is None else wish.seed
    joined = result.learnt and join(result, library, paths[0], seed)
    if as_json:
        click.echo(json.dumps(to_json(result) | {"into": str(into) if joined else None}))
    else:
        show(result)
    if result.learnt:
        say_joined(spec, into, new=joined, as_json=as_json)
    return exit_code(result)


def _weights(target: Path, into: Path, wish: Wish, paths: tuple[Path, ...], *, as_json: bool) -> int:
    from ccc.cli.train_weights import Wanted, train_weights
    from ccc.skills.library import Library

    make_library(into)
    wanted = Wanted(str(target), into, wish.seconds, wish.seed, {})
    return train_weights(wanted, Library(paths), as_json=as_json)


# A folder of specs


class _Run:
    """A curriculum from the command line."""

    def __init__(
        self,
        target: Path,
        into: Path,
        base: str,
        wish: Wish,
        folders: tuple[str, ...],
        results: Path | None,
        *,
        flat: bool,
    ) -> None:
        from ccc.learn.curriculum import Plan, specs_in
        from ccc.skills.library import Library

        self._target = target
        self._specs: tuple[SpecFile, ...] = specs_in(target.resolve())
        paths = folders_with(into, folders)
        make_library(into)
        others = Library(paths[1:])
        if results is not None:
            check_writable(results)
            self._check_results(results)
        self._plan: Plan = Plan(
            paths,
            (results or paths[0] / RESULTS).resolve(),
            starting_parts(others, base),
            *(wish.method, wish.guide, wish.seed, wish.seconds, wish.candidates, wish.memory),
            flat=flat,
        )

    def _check_results(self, results: Path) -> None:
        """Raises UsageError where a file is there that is no results file: lines would be added to it."""
        from ccc.learn.results import Results

        if results.exists() and results.stat().st_size and not Results(results).read():
            raise UsageError(f"{results} is no results file", "name one that is new, or of an earlier run")

    def check_report(self, report: Path) -> None:
        """Raises UsageError where the report would take the place of what it is made from."""
        for path in (*(spec.path for spec in self._specs), self._plan.results):
            refuse_same_file(str(path), str(report))

    def go(self, ray: str | None, jobs: int, threads: int, report: Path | None, *, as_json: bool) -> int:
        """Run it, and say what it came to."""
        from ccc.cli.render_learn import CurriculumProgress
        from ccc.learn.curriculum import Curriculum

        interrupted = False
        with CurriculumProgress(len(self._specs)) as screen:
            pool = _pool(ray, jobs, threads, screen)
            curriculum = Curriculum(self._specs, self._plan, pool, screen.heard)
            try:
                curriculum.run()
            except KeyboardInterrupt:
                interrupted = True
            finally:
                pool.close()
        self._say(curriculum, report, as_json=as_json, interrupted=interrupted)
        if interrupted:
            return ExitCode.INTERRUPTED
        if curriculum.changed:
            return ExitCode.DIFFERENCE
        if curriculum.wrong:
            return ExitCode.SOURCE
        return ExitCode.NOT_LEARNT if curriculum.unsolved else ExitCode.OK

    def _say(self, curriculum: Curriculum, report: Path | None, *, as_json: bool, interrupted: bool) -> None:
        from ccc.learn.page import report_page
        from ccc.learn.results import Results
        from ccc.learn.summary import summarise, text_lines

        entries = Results(self._plan.results).read()
        names = [spec.name for spec in self._specs]
        summary, flat = (summarise(entries, flat=flat, names=names) for flat in (False, True))
        for name, outcome in curriculum.wrong.items():  # whatever was learnt under this name comes from another spec
            (flat if self._plan.flat else summary).stories[name].last = dict(outcome)
        if not any(story.attempts for story in flat.stories.values()):
            flat.stories.clear()
        shown = flat if self._plan.flat else summary
        if report is not None:
            write_atomic(report, report_page(f"Curriculum {self._target.name}", summary, flat).encode())
        if as_json:
            click.echo(json.dumps(_json(shown, curriculum, self._plan, interrupted=interrupted)))
            return
        for line in text_lines(shown, None if self._plan.flat else flat):
            click.echo(line)
        if interrupted:
            click.echo("interrupted; started again, it goes on from here", err=True)


def _pool(ray: str | None, jobs: int, threads: int, screen: Any) -> Pool:
    if ray is not None:
        from ccc.learn.pool_ray import RayPool

        return RayPool(ray, threads=threads)
    from ccc.learn.pool_processes import ProcessPool

    return ProcessPool(jobs, threads=threads, notify=screen.notify)


def _json(summary: Summary, curriculum: Curriculum, plan: Plan, *, interrupted: bool) -> dict[str, Any]:
    """One object: every spec with its last attempt, generations, what was tested again."""
    specs = [
        {
            **{key: value for key, value in story.last.items() if key != "entry"},
            "name": story.name,
            "status": story.last.get("status", "not tried"),
            "attempts": story.attempts,
            "all_candidates": story.candidates,
            "all_seconds": story.seconds,
        }
        for story in summary.stories.values()
    ]
    generations = [
        {
            "generation": one.number,
            "share": one.share,
            "parts": one.parts,
            "alone": one.alone,
            "tried": one.tried,
            "learnt": one.solved,
            "candidates": one.candidates,
            "seconds": one.seconds,
            "retested": one.retested,
            "changed": list(one.changed),
        }
        for one in summary.rounds
    ]
    return {
        "flat": plan.flat,
        "learnt": len(summary.learnt),
        "specs": specs,
        "generations": generations,
        "candidates": summary.candidates,
        "seconds": summary.seconds,
        "retested": summary.retested,
        "changed": list(curriculum.changed),
        "results": str(plan.results),
        "interrupted": interrupted,
    }
