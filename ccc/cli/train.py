"""`ccc train`: a program over known skills, found by gradient descent on a soft mixture of them; or its weights."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ccc.cli.compose import exit_code, problem_of, say, search_for, write_program
from ccc.cli.learning import (
    WHOLE,
    Real,
    Seconds,
    Setting,
    Wish,
    base_option,
    check_targets,
    folders_with,
    learnt_already,
    make_library,
    say_how_to_go_on,
    say_joined,
    starting_parts,
    use_threads,
)
from ccc.cli.options import Target, json_option, library_option, parts_folder, refuse_same_target
from ccc.cli.train_weights import Wanted, refuse_others, refuse_weights, train_weights, weights_options
from ccc.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from ccc.learn.attempt import Attempt
    from ccc.learn.gradient import Options
    from ccc.learn.gradient.curves import Curves, Recorder
    from ccc.learn.gradient.ranks import Ranks
    from ccc.learn.model import Problem, Spec
    from ccc.skills.library import Library

F = TypeVar("F", bound=Callable[..., Any])

MOST_RESTARTS = 1 << 20
"""In a batch, those that samples of them add included."""


def training_options(function: F) -> F:
    """How mixtures are trained; what is not said is as in `Options`."""
    positive, cost, share = Setting(positive=True), Setting(), Real(0, 1)
    for option in (
        click.option("--repair", type=click.IntRange(0), metavar="N", help="Programs that are mended after a batch."),
        click.option("--decide", is_flag=True, help="Harden row by row, for the part whose removal hurts most."),
        click.option("--samples", type=click.IntRange(0, 256), metavar="N", help="Programs drawn from each at a look."),
        click.option("--gates", type=click.Choice(["softmax", "sigmoid", "state"]), help="How skills are weighed."),
        click.option("--straight-through", is_flag=True, help="Run one-hot, with the derivative of soft weights."),
        click.option("--gumbel", is_flag=True, help="Gumbel noise on the logits."),
        click.option("--firm", type=share, metavar="SHARE", help="Of the rows, run one-hot in the end."),
        click.option("--spread", type=positive, metavar="X", help="Standard deviation of the first logits."),
        click.option("--sparsity", type=cost, metavar="X", help="What each step beyond the first costs in the end."),
        click.option("--entropy", type=cost, metavar="X", help="What entropy costs in the end."),
        click.option("--temperature", type=(positive, positive), metavar="FROM TO", help="At first, and in the end."),
        click.option("--rate", type=positive, metavar="X", help="Learning rate of Adam."),
        click.option("--iterations", type=click.IntRange(1, 1_000_000), metavar="N", help="Of each batch."),
        click.option("--restarts", type=click.IntRange(1, MOST_RESTARTS), metavar="N", help="Mixtures in a batch."),
    ):
        function = option(function)
    return function


def options_of(said: dict[str, Any]) -> Options:
    """The options of the method, with what was said. Raises UsageError where that is too many programs at a look."""
    from ccc.learn.gradient import Options

    options = Options(**{key: value for key, value in said.items() if value is not None and value is not False})
    programs = options.restarts * (1 + options.samples)
    if programs > MOST_RESTARTS:
        what = f"{options.restarts} restarts with {options.samples} samples are {programs:,} programs at each look"
        raise UsageError(f"{what}; {MOST_RESTARTS:,} are the most", "less of --restarts or of --samples")
    return options


def threads_unless_told() -> int:
    """As many as the user has said in the environment, else all cores, or the part of one of several processes."""
    from ccc.learn.threads import threads_asked

    return threads_asked() or max(1, (os.cpu_count() or 1) // processes_here())


def processes_here() -> int:
    """How many processes torchrun has started on this machine, or 1."""
    said = os.environ.get("LOCAL_WORLD_SIZE", "")
    return max(1, int(said)) if said.isdecimal() else 1


@dataclass(frozen=True)
class Task:
    """What is trained, of which all processes have the same."""

    spec: Spec
    library: Library
    parts: tuple[str, ...]
    options: Options
    wish: Wish

    @property
    def seed(self) -> int:
        return self.spec.seed if self.wish.seed is None else self.wish.seed

    @cached_property
    def problem(self) -> Problem:
        return problem_of(self.spec, self.library, self.wish, self.parts)

    @property
    def identity(self) -> str:
        """What a training must have in common with this one to be the same."""
        from ccc.learn.gradient.state import identity

        return identity(self.problem, self.spec.checksum, self.seed, self.options)


def library_of(folders: tuple[str, ...], into: Path | None) -> Library:
    """The skills that are known, those in the library `into` first, which other processes may not have."""
    from ccc.skills.library import Library

    if into is None:
        return Library.default(folders)
    return Library([path for path in folders_with(into, folders) if path.is_dir()])


def task_of(
    file: str,
    folders: tuple[str, ...],
    into: Path | None,
    base: str,
    said: dict[str, Any],
    wish: Wish,
    ranks: Ranks,
) -> tuple[Task, str]:
    """The task, and its identity. Raises what reading raises, and UsageError where processes cannot share it."""
    from ccc.learn.spec import read_spec
    from ccc.learn.spec_parts import has_steps

    if ranks.count > 1 and has_steps(file):
        raise UsageError("weights of programs are trained by one process", "leave out torchrun")
    refuse_weights(said)
    library, options = library_of(folders, into), options_of(said)
    if options.restarts < ranks.count:
        raise UsageError(f"--restarts {options.restarts} is less than one for each of {ranks.count} processes")
    task = Task(read_spec(file), library, starting_parts(library, base), options, wish)
    return task, task.identity if ranks.count > 1 else ""


def train(
    task: Task, ranks: Ranks, resume: str | None, tensorboard: str | None, plot: str | None
) -> tuple[Attempt, Sequence[str]]:
    """One attempt, with progress on the screen, together with other processes if there are some; and the parts that the
    spec names and training left out.
    """
    from ccc.learn.gradient import Gradient
    from ccc.learn.gradient.curves import Curves
    from ccc.learn.gradient.state import TrainingState

    curves = Curves()
    with recording(tensorboard, curves, task.options) as recorders:
        searcher = Gradient(task.options, recorders, ranks)
        state = None
        if resume is not None:
            state = TrainingState(resume, identity=task.identity, curves=curves)
            searcher.go_on(state)
        result = search_for(task.spec, task.library, task.wish, task.parts, searcher=searcher, state=state)
    ranks.close(all_well=not result.interrupted)
    if plot is not None:
        from ccc.bench.training import write_curves

        write_curves(curves, plot, f"{task.spec.name}, trained by gradient descent")
    return result, searcher.left_out


def follow(task: Task, ranks: Ranks) -> None:
    """Do the share of a process that is not the first, until that one says that it is enough."""
    from ccc.learn.gradient import Gradient

    budget = replace(task.wish.budget(task.spec), seconds=math.inf, candidates=None)
    searcher = Gradient(task.options, ranks=ranks)
    for _ in searcher.search(task.problem, budget, task.seed, lambda progress: None):
        pass
    ranks.close(all_well=True)


@contextmanager
def recording(tensorboard: str | None, curves: Curves, options: Options) -> Iterator[list[Recorder]]:
    """What hears how training goes: curves, and the event files in the folder `tensorboard`."""
    if tensorboard is None:
        yield [curves.add]
        return
    from ccc.learn.gradient.tensorboard import EventLog

    with EventLog(tensorboard, options.iterations) as events:
        yield [curves.add, events.add]


def check_files(
    file: str, output: str | None, into: Path | None, resume: str | None, tensorboard: str | None, plot: str | None
) -> None:
    """Make the library `into`. Raises FileError or UsageError where a file cannot be what is asked for."""
    files = {"-o": output, "--resume": resume, "--plot": plot, "--tensorboard": tensorboard, "--into": into}
    refuse_same_target(files | {"the parts of -o": None if output is None else parts_folder(output)})
    check_targets(file, output, resume, plot)
    if plot is not None:
        from ccc.bench.training import check_plot

        check_plot(plot)
    if into is not None:
        make_library(into)


def finish(
    result: Attempt, left_out: Sequence[str], task: Task, output: str | None, into: Path | None, *, as_json: bool
) -> None:
    """Write what was learnt, put it into a library, and show it."""
    from ccc.learn.joining import join

    written = write_program(result, output, task.library) if output is not None and result.learnt else []
    joined = into is not None and result.learnt and join(result, task.library, into.resolve(), task.seed)
    say(result, output, written, as_json=as_json)
    if left_out and not result.learnt and not as_json:
        why = "gradient descent mixes functions of single cells; `ccc compose` has use for others"
        click.echo(f"left out: {', '.join(left_out)} ({why})")
    if into is not None and result.learnt:
        say_joined(result.spec, into, new=joined, as_json=as_json)


@click.command("train")
@click.argument("file", metavar="SPEC.YAML")
@click.option("-o", "--output", type=Target(), metavar="MIXTURE.YAML", help="Write what is learnt as a mixture.")
@click.option(
    "--into",
    type=Target(file_okay=False, path_type=Path),
    metavar="DIR",
    help="The library that what is learnt joins; made if it is not there.",
)
@training_options
@weights_options
@click.option(
    "--resume", type=Target(), metavar="FILE", help="Keep all of the training in this file, and go on from there."
)
@click.option(
    "--tensorboard",
    type=Target(),
    metavar="DIR",
    help="Write loss, entropy and alpha over time for TensorBoard there.",
)
@click.option("--plot", type=Target(), metavar="FILE", help="Draw loss and alpha over time, as .svg or .png.")
@click.option("--seconds", type=Seconds(), metavar="S", help="Seconds, instead of the spec's.")
@click.option("--seed", type=click.IntRange(0), help="The seed, instead of the spec's.")
@click.option(
    "--threads",
    type=click.IntRange(1, 256),
    help="Threads of each process.  [default: $OMP_NUM_THREADS, or all cores]",
)
@base_option(WHOLE)
@library_option
@json_option
def command(
    file: str,
    output: str | None,
    into: Path | None,
    resume: str | None,
    tensorboard: str | None,
    plot: str | None,
    seconds: float | None,
    seed: int | None,
    threads: int | None,
    base: str,
    folders: tuple[str, ...],
    as_json: bool,
    **said: Any,
) -> int:
    """Fit a mixture of known skills to a spec's examples by gradient descent, harden it and verify the program.

    Batches of soft mixtures of one to four steps, as straight lines and as counted loops, are trained side by side.
    What a mixture hardens to is tried on all training examples, what is nearly right is mended, and what is right is
    verified as by `ccc compose`.

    Where the spec says the steps of a program, its weights are trained instead. The skill that they make, weights in
    static memory, is run by the emulator and by the Transformer on the cases held out, and must reach what the spec
    asks for.

    Exit code 2 where no program is verified within the budget. Ctrl-C shows the best so far (exit code 130).

    `torchrun --nproc-per-node N -m ccc train ...` shares the restarts out to N processes, here and on other machines.
    """
    use_threads(threads or threads_unless_told())
    from ccc.learn.gradient.ranks import LostError, join
    from ccc.learn.spec_parts import has_steps

    ranks = join()
    wish = Wish("gradient", "uniform", seed, seconds, None, None)
    try:
        if ranks.first:
            check_files(file, output, into, resume, tensorboard, plot)
        if ranks.count == 1 and has_steps(file):
            refuse_others(said, output)
            wanted = Wanted(file, into, seconds, seed, said, resume, tensorboard, plot)
            return train_weights(wanted, library_of(folders, into), as_json=as_json)
        task = ranks.agree(partial(task_of, file, folders, into, base, said, wish, ranks))
        spec, library = task.spec, task.library
        if ranks.any(ranks.first and learnt_already(spec, library, into, "trained or written", as_json=as_json)):
            return ExitCode.OK
        if not ranks.first:
            follow(task, ranks)
            return ExitCode.OK
    except LostError:
        if ranks.first:
            raise
        return ExitCode.OK  # the process that ended says why, and torchrun ends the others
    result, left_out = train(task, ranks, resume, tensorboard, plot)
    finish(result, left_out, task, output, into, as_json=as_json)
    say_how_to_go_on(resume, interrupted=result.interrupted, as_json=as_json)
    return exit_code(result)
