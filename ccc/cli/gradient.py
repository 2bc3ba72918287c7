"""`ccc gradient`: derivatives of a run's results with respect to what it started from."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import click

from ccc.cli.options import image_argument, input_options, json_number, json_option, load_image, read_inputs
from ccc.errors import ExitCode, UsageError, nearest
from ccc.machine import Executor, Image, Reason, counted, format_cell

if TYPE_CHECKING:
    from ccc.cli.render import Progress
    from ccc.neural import Gradient, Input, Output, Quotients

_TOLERANCE = 1e-6  # between a derivative and its difference quotient, beyond what the quotient may be off
_MOST_CELLS = 4096  # that one A:B may name
_PORT = re.compile(r"(in|out):(\d+)$")
_CELL = re.compile(r"(.+?)\s*(?:([+-])\s*(\d+))?$")

_Places = list[tuple[str, Any]]
"""Cells or values at a port, each with its name."""


@click.command("gradient")
@image_argument
@click.option("--of", "of", multiple=True, required=True, metavar="PLACE", help="What to differentiate; several times.")
@click.option(
    "--wrt", "wrt", multiple=True, required=True, metavar="PLACE", help="With respect to what; several times."
)
@input_options
@click.option("--max-steps", type=click.IntRange(min=0), help="Take the run to end there.  [default: no limit]")
@click.option(
    "--engine",
    type=click.Choice(["sparse", "dense"]),
    default="sparse",
    show_default=True,
    help="What steps are recorded with.",
)
@click.option("--advance", metavar="ENGINE", help="What runs between checkpoints.  [default: the fastest exact engine]")
@click.option("--check", is_flag=True, help="Compare with difference quotients, from whole runs of the emulator.")
@click.option("--weights", type=click.Path(path_type=Path), metavar="FILE", help="Run the weights in this file.")
@click.option("--threads", type=click.IntRange(1, 256), default=1, show_default=True, help="Torch's threads.")
@json_option
def command(
    image: str,
    of: tuple[str, ...],
    wrt: tuple[str, ...],
    numbers: str | None,
    file: str | None,
    max_steps: int | None,
    engine: str,
    advance: str | None,
    check: bool,
    weights: Path | None,
    threads: int,
    as_json: bool,
) -> int:
    """Derivatives of final cells or outputs with respect to initial cells or inputs, through the Transformer.

    A PLACE is a cell, by symbol or address (`weights+2`, 17), several cells (A:B, the last one not included), or a
    value at a port: out:0 is the first one put out (--of), in:0 the first one given (--wrt).

    Exit codes: 0 done, 1 with --check where a derivative differs from its quotient or has none to be compared with,
    10 fault, 11 step limit (the derivatives are those of the run so far).
    """
    from ccc.neural import gradient

    loaded = load_image(image)
    inputs = read_inputs(numbers, file)
    targets = [place for text in of for place in _places("--of", text, loaded)]
    sources = [place for text in wrt for place in _places("--wrt", text, loaded)]
    with _Watch() as watch:
        found = gradient(
            loaded,
            inputs,
            of=[place for _, place in targets],
            wrt=[place for _, place in sources],
            model=_model(weights),
            engine=engine,
            max_steps=max_steps,
            advance=_advance(advance, engine, loaded, weights, threads),
            threads=threads,
            progress=watch,
        )
    quotients = _quotients(loaded, inputs, found, max_steps) if check else None
    report = _Report(found, [name for name, _ in targets], [name for name, _ in sources], quotients)
    if as_json:
        click.echo(json.dumps(report.to_json(engine, loaded)))
    else:
        report.show()
    if quotients and not report.agrees:
        return ExitCode.DIFFERENCE
    return ExitCode.STEP_LIMIT if found.reason is Reason.STEP_LIMIT else ExitCode.OK


# ---- What is asked for -----------------------------------------------------------------------------------------------


def _places(option: str, text: str, image: Image) -> _Places:
    """The places that `text` names. Raises UsageError on an unknown symbol, a wrong port or a span outside memory."""
    from ccc.neural import Input, Output

    text = text.strip()
    port = _PORT.match(text)
    if port:
        wanted = "out" if option == "--of" else "in"
        if port[1] != wanted:
            raise UsageError(f"{option} {text}: a port here is {wanted}:N")
        place: Input | Output = (Output if wanted == "out" else Input)(int(port[2]))
        return [(text, place)]
    first, separator, last = text.partition(":")
    start = _address(option, first, image)
    if not separator:
        return [(text, start)]
    end = _address(option, last, image)
    if start >= end:
        raise UsageError(f"{option} {text}: its end, address {end}, is not behind its start, address {start}")
    if not 0 <= start < end <= image.size or end - start > _MOST_CELLS:
        raise UsageError(f"{option} {text}: must be 1 to {_MOST_CELLS:,} cells inside memory, 0:{image.size}")
    return [(_name(first.strip(), offset), start + offset) for offset in range(end - start)]


def _name(first: str, offset: int) -> str:
    if not offset:
        return first
    return str(int(first, 0) + offset) if _is_number(first) else f"{first}+{offset}"


def _address(option: str, text: str, image: Image) -> int:
    match = _CELL.match(text.strip())
    symbols = image.info.symbols
    if match and match[1] in symbols:
        offset = int(match[3] or 0)
        return symbols[match[1]] + (-offset if match[2] == "-" else offset)
    if _is_number(text):
        return int(text, 0)
    hint = nearest(match[1] if match else text, symbols) or "`ccc inspect` lists the symbols"
    raise UsageError(f"{option}: {text.strip()!r} is neither an address nor a symbol of this image", hint)


def _is_number(text: str) -> bool:
    try:
        int(text, 0)
    except ValueError:
        return False
    return True


def _model(weights: Path | None) -> Any:
    from ccc.neural import read_weights

    return read_weights(weights) if weights else None


def _advance(
    name: str | None, engine: str, image: Image, weights: Path | None, threads: int
) -> Callable[[], Executor] | None:
    """What makes the executor called `name`; None for the recording engine's own."""
    from ccc.trace import ENGINES, EngineOptions, make_executor

    name = name or ("native" if "native" in ENGINES else engine)
    if name == engine:
        return None
    options = EngineOptions(weights=weights, threads=threads)
    return lambda: make_executor(name, image, options)


def _quotients(image: Image, inputs: Sequence[float], found: Gradient, max_steps: int | None) -> Quotients:
    from ccc.emulator import Emulator
    from ccc.neural import finite_differences

    patience = 16 * found.steps + (1 << 20)
    return finite_differences(
        Emulator, image, inputs, of=found.of, wrt=found.wrt, max_steps=max_steps, patience=patience
    )


# ---- What is shown ---------------------------------------------------------------------------------------------------


class _Watch:
    """A progress line for the way forward, then one for the way back."""

    def __init__(self) -> None:
        self._phase = ""
        self._line: Progress | None = None

    def __enter__(self) -> _Watch:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if self._line:
            self._line.__exit__(kind, error, tb)

    def __call__(self, phase: str, done: int, limit: int | None) -> None:
        from ccc.cli.render import Progress

        if phase != self._phase:
            self.__exit__(None, None, None)
            self._phase, self._line = phase, Progress(phase)
        if self._line:
            self._line.update(done, limit)


class _Report:
    """Derivatives with the names under which they were asked for, and the quotients they were compared with."""

    def __init__(self, found: Gradient, of: Sequence[str], wrt: Sequence[str], quotients: Quotients | None) -> None:
        self._found, self._of, self._wrt, self._quotients = found, of, wrt, quotients
        self._entries = [(row, column) for row in range(len(of)) for column in range(len(wrt))]

    @property
    def agrees(self) -> bool:
        """Whether every derivative is what its difference quotient says."""
        return all(self._agrees(row, column) for row, column in self._entries)

    def _agrees(self, row: int, column: int) -> bool:
        if self._quotients is None:
            return False
        derivative, quotient = self._found.jacobian[row, column], self._quotients.values[row, column]
        allowed = _TOLERANCE * max(abs(derivative), abs(quotient)) + self._quotients.errors[row, column]
        return bool(abs(derivative - quotient) <= allowed)

    def _relative_error(self, row: int, column: int) -> float:
        """|derivative - quotient| over the larger of both; NaN where there is no quotient."""
        if self._quotients is None:
            return math.nan
        derivative, quotient = self._found.jacobian[row, column], self._quotients.values[row, column]
        if derivative == quotient:
            return 0.0
        return float(abs(derivative - quotient) / max(abs(derivative), abs(quotient)))

    def _kinks(self) -> list[tuple[int, int]]:
        """The entries that disagree because there is no derivative."""
        quotients = self._quotients
        return [at for at in self._entries if quotients and not self._agrees(*at) and quotients.is_kink(*at)]

    def show(self) -> None:
        """Print a line for each derivative, and what they took."""
        from ccc.cli.render import print_table

        found, quotients = self._found, self._quotients
        columns = ["of", "value", "with respect to", "derivative"]
        columns += ["difference quotient", "±", "relative error"] if quotients else []
        rows = []
        for row, column in self._entries:
            cells = [self._of[row], format_cell(float(found.values[row])), self._wrt[column]]
            cells.append(repr(float(found.jacobian[row, column])))
            if quotients:
                cells += self._comparison(quotients, row, column)
            rows.append(cells)
        print_table(columns, rows, right=range(3, len(columns)))
        for column, problem in sorted(quotients.problems.items() if quotients else ()):
            click.echo(f"no difference quotient for {self._wrt[column]}: beside its value, {problem}")
        for row, column in self._kinks():
            below, above = (repr(float(side[row, column])) for side in quotients.sides) if quotients else ("", "")
            click.echo(
                f"{self._of[row]} has no derivative with respect to {self._wrt[column]} here: its quotient is {below} "
                f"from below and {above} from above; what is given is that of the path which the program took"
            )
        click.echo(
            f"{found.steps:,} instructions, ended by {found.reason.value}; recorded in "
            f"{counted(found.segments, 'segment')} of up to {found.segment_steps}, {found.advanced:,} run again, "
            f"{counted(found.peak_checkpoints, 'state')} held at most"
        )

    def _comparison(self, quotients: Quotients, row: int, column: int) -> list[str]:
        if column in quotients.problems:
            return ["-", "-", "-"]
        mark = "" if self._agrees(row, column) else " !"
        return [
            repr(float(quotients.values[row, column])),
            f"{quotients.errors[row, column]:.0e}",
            f"{self._relative_error(row, column):.1e}{mark}",
        ]

    def to_json(self, engine: str, image: Image) -> dict[str, Any]:
        found, quotients = self._found, self._quotients
        result: dict[str, Any] = {
            "engine": engine,
            "of": [
                {"name": name, "value": json_number(float(value))}
                for name, value in zip(self._of, found.values, strict=True)
            ],
            "wrt": list(self._wrt),
            "jacobian": found.jacobian.tolist(),
            "steps": found.steps,
            "reason": found.reason.value,
            "segments": found.segments,
            "segment_steps": found.segment_steps,
            "advanced": found.advanced,
            "peak_checkpoints": found.peak_checkpoints,
            "checksum": image.checksum,
        }
        if quotients:
            columns = range(len(self._wrt))
            result["check"] = {
                "agrees": self.agrees,
                "quotients": [_finite(row) for row in quotients.values.tolist()],
                "quotient_errors": [_finite(row) for row in quotients.errors.tolist()],
                "relative_errors": [
                    _finite([self._relative_error(row, column) for column in columns]) for row in range(len(self._of))
                ],
                "no_derivative": [[self._of[row], self._wrt[column]] for row, column in self._kinks()],
                "problems": {self._wrt[column]: problem for column, problem in quotients.problems.items()},
            }
        return result


def _finite(numbers: Sequence[float]) -> list[float | None]:
    """Numbers for JSON, which has no NaN."""
    return [number if math.isfinite(number) else None for number in numbers]
