"""The weights of a program: the part of `ccc train` for specs that say its steps."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ccc.cli.learning import Setting, finish_undisturbed, learnt_already, say_how_to_go_on, say_joined
from ccc.errors import ExitCode, UsageError
from ccc.machine import counted

if TYPE_CHECKING:
    from ccc.learn.soft.check import Part
    from ccc.learn.soft.fit import Epoch
    from ccc.learn.soft.spec import SoftSpec
    from ccc.learn.soft.trained import Stage, Trained
    from ccc.skills.library import Library

F = TypeVar("F", bound=Callable[..., Any])

_OWN = ("epochs", "batch", "decay")
_SHARED = ("rate",)


def weights_options(function: F) -> F:
    """How weights are trained; what is not said is as in the spec."""
    for option in (
        click.option("--decay", type=Setting(), metavar="X", help="Of weights: their decay, times the rate."),
        click.option("--batch", type=click.IntRange(1), metavar="N", help="Of weights: cases of one step."),
        click.option("--epochs", type=click.IntRange(1), metavar="N", help="Of weights: passes over all cases."),
    ):
        function = option(function)
    return function


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a command asks for. said: the options of training that were given. resume: the checkpoint. tensorboard:
    the folder of event files. plot: the picture.
    """

    file: str
    into: Path | None
    seconds: float | None
    seed: int | None
    said: Mapping[str, Any]
    resume: str | None = None
    tensorboard: str | None = None
    plot: str | None = None


def refuse_others(said: Mapping[str, Any], output: str | None) -> None:
    """Raises UsageError where an option goes with mixtures only."""
    own = {*_OWN, *_SHARED}
    others = [key for key, value in said.items() if value is not None and value is not False and key not in own]
    if output is not None:
        raise UsageError("-o writes a mixture, and this spec says a program with weights", "--into DIR adds a skill")
    if others:
        raise UsageError(f"--{others[0].replace('_', '-')} is for mixtures, and this spec says the steps of a program")


def refuse_weights(said: dict[str, Any]) -> None:
    """Take out the options that go with weights. Raises UsageError where one is given."""
    for key in _OWN:
        if said.pop(key, None) is not None:
            raise UsageError(f"--{key} is for programs with weights, and this spec has no `steps`")


def train_weights(wanted: Wanted, library: Library, *, as_json: bool) -> int:
    """Train, show, and install what was learnt."""
    from ccc.cli.render_learn import TrainingProgress
    from ccc.learn.soft.spec import read_soft_spec
    from ccc.learn.soft.trained import join, train

    spec = _with(read_soft_spec(wanted.file, library), wanted.said)
    if learnt_already(spec, library, wanted.into, "trained or written", as_json=as_json):
        return ExitCode.OK
    with _recording(wanted.tensorboard) as record, TrainingProgress(spec.name, spec.training.epochs) as progress:

        def report(stage: Stage) -> None:
            progress.stage(stage)
            if stage.epoch is not None:
                record(stage.epoch)

        found = train(
            spec,
            library,
            seed=wanted.seed,
            seconds=wanted.seconds,
            checkpoint=Path(wanted.resume) if wanted.resume is not None else None,
            report=report,
        )
        finish_undisturbed()
    if wanted.plot is not None:
        from ccc.bench.training import write_losses

        write_losses(found.fit.losses, wanted.plot, f"{spec.name}, trained by gradient descent")
    joined = bool(wanted.into is not None and found.learnt and join(found, library, wanted.into.resolve()))
    if as_json:
        click.echo(json.dumps(_to_json(found) | {"into": str(wanted.into) if joined else None}))
    else:
        for line in _lines(found):
            click.echo(line)
    if wanted.into is not None and found.learnt:
        say_joined(spec, wanted.into, new=joined, as_json=as_json)
    say_how_to_go_on(wanted.resume, interrupted=found.interrupted, as_json=as_json)
    if found.interrupted:
        return ExitCode.INTERRUPTED
    return ExitCode.OK if found.learnt else ExitCode.NOT_LEARNT


@contextmanager
def _recording(tensorboard: str | None) -> Iterator[Callable[[Epoch], None]]:
    """What hears how training goes: the event files in the folder `tensorboard`, if there is one."""
    if tensorboard is None:
        yield lambda epoch: None
        return
    from ccc.learn.gradient.tensorboard import EventLog

    with EventLog(tensorboard) as events:
        yield lambda epoch: events.write({_curve(epoch): epoch.loss}, epoch.number)


def _curve(epoch: Epoch) -> str:
    return "loss" if epoch.restart < 0 else f"beginning_{epoch.restart + 1}/loss"


def _with(spec: SoftSpec, said: Mapping[str, Any]) -> SoftSpec:
    """The spec, trained as was said."""
    changed = {key: value for key, value in said.items() if value is not None and key in (*_OWN, *_SHARED)}
    return replace(spec, training=replace(spec.training, **changed))


def _lines(found: Trained) -> Iterator[str]:
    spec, fit = found.spec, found.fit
    weights = sum(weight.numel() for weight in fit.module.weights.values())
    what = _status(found)
    time = f"{counted(fit.epoch, 'epoch')}, {counted(fit.steps, 'step')} in {found.seconds:.1f} s"
    yield f"{spec.name}: {what}: {weights:,} weights, {time}"
    yield from spec.program.lines
    if fit.losses:
        yield f"loss {found.loss:.4g} in the last epoch"
    for name, part in found.parts.items():
        yield from _part_lines(name.replace("_", "-"), part)
    yield from (f"problem: {problem}" for problem in found.problems)


def _status(found: Trained) -> str:
    if found.interrupted:
        return "interrupted"
    return "learnt" if found.learnt else "not learnt"


def _part_lines(name: str, part: Part) -> Iterator[str]:
    shown = ", ".join(f"{score} {value:.4f}" for score, value in part.scores.items())
    each = part.instructions // max(1, part.cases)
    yield f"{name}: {shown} on {part.cases:,} cases, {each:,} instructions each"
    agree = "emulator and Transformer agree, bit for bit" if part.exact else "emulator and Transformer DIFFER"
    torch = ", ".join(f"{score} {value:.4f}" for score, value in part.torch.items())
    apart = f"; outputs at most {part.apart:.1e} apart" if part.apart else ""
    other = f"; other labels on {part.other:,} cases" if part.other else ""
    yield f"  {agree}; the same weights in torch: {torch}{apart}{other}"


def _to_json(found: Trained) -> dict[str, Any]:
    parts = {
        name: {
            "cases": part.cases,
            "instructions": part.instructions,
            "scores": part.scores,
            "torch": part.torch,
            "apart": part.apart,
            "other_labels": part.other,
            "departures": part.departures,
        }
        for name, part in found.parts.items()
    }
    return {
        "name": found.spec.name,
        "status": _status(found),
        "seed": found.fit.seed,
        "epochs": found.fit.epoch,
        "steps": found.fit.steps,
        "seconds": round(found.seconds, 3),
        "loss": None if found.diverged else found.loss,
        "parts": parts,
        "problems": found.problems,
    }
