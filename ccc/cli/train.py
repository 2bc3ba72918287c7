"""`ccc train`: a program over known skills, found by gradient descent on a soft mixture of them; or its weights."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ccc.cli.compose import exit_code, search_for, show, to_json, write_program
from ccc.cli.learning import (
    WHOLE,
    Real,
    Seconds,
    Wish,
    base_option,
    folders_with,
    make_library,
    starting_parts,
    use_threads,
)
from ccc.cli.options import json_option, library_option, refuse_same_file
from ccc.cli.train_weights import Wanted, refuse_others, refuse_weights, train_weights, weights_options
from ccc.files import check_writable

if TYPE_CHECKING:
    from ccc.learn.attempt import Attempt
    from ccc.learn.gradient import Gradient, Options
    from ccc.learn.gradient.curves import Curves, Recorder
    from ccc.learn.gradient.state import TrainingState
    from ccc.learn.model import Problem, Spec
    from ccc.skills.library import Library

F = TypeVar("F", bound=Callable[..., Any])


def training_options(function: F) -> F:
    """How mixtures are trained; what is not said is as in `Options`."""
    positive, share = Real(0, min_open=True), Real(0, 1)
    for option in (
        click.option("--repair", type=click.IntRange(0), metavar="N", help="Programs that are mended after a batch."),
        click.option("--decide", is_flag=True, help="Harden row by row, for the part whose removal hurts most."),
        click.option("--samples", type=click.IntRange(0), metavar="N", help="Programs drawn from each at a look."),
        click.option("--gates", type=click.Choice(["softmax", "sigmoid", "state"]), help="How skills are weighed."),
        click.option("--straight-through", is_flag=True, help="Run one-hot, with the derivative of soft weights."),
        click.option("--gumbel", is_flag=True, help="Gumbel noise on the logits."),
        click.option("--firm", type=share, metavar="SHARE", help="Of the rows, run one-hot in the end."),
        click.option("--spread", type=positive, metavar="X", help="Standard deviation of the first logits."),
        click.option("--sparsity", type=Real(0), metavar="X", help="What each step beyond the first costs in the end."),
        click.option("--entropy", type=Real(0), metavar="X", help="What entropy costs in the end."),
        click.option("--temperature", type=(positive, positive), metavar="FROM TO", help="At first, and in the end."),
        click.option("--rate", type=positive, metavar="X", help="Learning rate of Adam."),
        click.option("--iterations", type=click.IntRange(1, 1_000_000), metavar="N", help="Of each batch."),
        click.option("--restarts", type=click.IntRange(1, 1 << 20), metavar="N", help="Mixtures in a batch."),
    ):
        function = option(function)
    return function


def options_of(said: dict[str, Any]) -> Options:
    """The options of the method, with what was said."""
    from ccc.learn.gradient import Options

    return Options(**{key: value for key, value in said.items() if value is not None and value is not False})


@contextmanager
def recording(log: str | None, curves: Curves, options: Options) -> Iterator[list[Recorder]]:
    """What hears how training goes: curves, and the event files in the folder `log`."""
    if log is None:
        yield [curves.add]
        return
    from ccc.learn.gradient.tensorboard import EventLog

    with EventLog(log, options.iterations) as events:
        yield [curves.add, events.add]


def going_on(searcher: Gradient, spec: Spec, resume: str, curves: Curves, problem: Problem, seed: int) -> TrainingState:
    """The state of a training in a file, from which the method goes on."""
    from ccc.learn.gradient.state import TrainingState, identity

    what = identity(problem, spec.checksum, seed, searcher.options)
    state = TrainingState(resume, identity=what, curves=curves)
    searcher.go_on(state)
    return state


def check_files(file: str, output: str | None, resume: str | None, plot: str | None) -> None:
    """Raises FileError or UsageError where a file cannot be what is asked for."""
    for target in (output, resume, plot):
        if target is not None:
            check_writable(target)
            refuse_same_file(file, target)
    if plot is not None:
        from ccc.bench.training import check_plot

        check_plot(plot)


def finish(
    result: Attempt, library: Library, output: str | None, into: Path | None, seed: int, *, as_json: bool
) -> None:
    """Write what was learnt, put it into a library, and show it."""
    from ccc.learn.joining import join

    written = write_program(result, output, library) if output is not None and result.learnt else []
    if into is not None and result.learnt:
        join(result, library, into.resolve(), seed)
    if as_json:
        click.echo(json.dumps(to_json(result) | {"output": [str(path) for path in written]}))
    else:
        show(result)
        for path in written:
            click.echo(f"written: {path}")
        if output is not None and not written:
            click.echo(f"{output} was not written: nothing was learnt")
        if into is not None and result.learnt:
            click.echo(f"{result.spec.name} has joined {into}")


@click.command("train")
@click.argument("file", metavar="SPEC.YAML")
@click.option("-o", "--output", metavar="MIXTURE.YAML", help="Write what is learnt as a mixture.")
@click.option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="The library that what is learnt joins; made if it is not there.",
)
@training_options
@weights_options
@click.option("--resume", metavar="FILE", help="Keep all of the training in this file, and go on from there.")
@click.option("--log", metavar="DIR", help="Write loss, entropy and alpha over time for TensorBoard there.")
@click.option("--plot", metavar="FILE", help="Draw loss and alpha over time, as .svg or .png.")
@click.option("--seconds", type=Seconds(), metavar="S", help="Seconds, instead of the spec's.")
@click.option("--seed", type=click.IntRange(0), help="The seed, instead of the spec's.")
@click.option("--threads", type=click.IntRange(1, 256), default=os.cpu_count(), help="Threads.  [default: all cores]")
@base_option(WHOLE)
@library_option
@json_option
def command(
    file: str,
    output: str | None,
    into: Path | None,
    resume: str | None,
    log: str | None,
    plot: str | None,
    seconds: float | None,
    seed: int | None,
    threads: int,
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
    """
    use_threads(threads)
    from ccc.learn.spec_parts import has_steps
    from ccc.skills.library import Library

    check_files(file, output, resume, plot)
    if into is not None:
        make_library(into)
    library = Library(folders_with(into, folders)) if into is not None else Library.default(folders)
    if has_steps(file):
        refuse_others(said | {"log": log, "plot": plot}, output)
        return train_weights(Wanted(file, into, seconds, seed, resume, said), library, as_json=as_json)
    refuse_weights(said)
    from ccc.learn.gradient import Gradient
    from ccc.learn.gradient.curves import Curves
    from ccc.learn.spec import read_spec

    options, spec, curves = options_of(said), read_spec(file), Curves()
    with recording(log, curves, options) as recorders:
        searcher = Gradient(options, recorders)
        wish = Wish(searcher.name, "uniform", seed, seconds, None, None)
        state_of = partial(going_on, searcher, spec, resume, curves) if resume is not None else None
        result = search_for(spec, library, wish, starting_parts(library, base), searcher=searcher, state_of=state_of)
    if plot is not None:
        from ccc.bench.training import write_curves

        write_curves(curves, plot, f"{spec.name}, trained by gradient descent")
    seed = spec.seed if seed is None else seed
    finish(result, library, output, into, seed, as_json=as_json)
    return exit_code(result)
