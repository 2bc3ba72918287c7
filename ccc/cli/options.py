"""Options and arguments that several commands share, and how their text becomes values."""

from __future__ import annotations

import contextlib
import math
import os
import stat
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ccc.errors import FileError, ImageError, UsageError
from ccc.files import read_bytes
from ccc.isa import DIALECTS
from ccc.machine import Image, read_image, to_json_number

if TYPE_CHECKING:
    from ccc.trace import EngineOptions

F = TypeVar("F", bound=Callable[..., Any])

DEFAULT_IMAGE = "state.bin"
_MAX_INPUT = 1 << 26

image_argument = click.argument("image", default=DEFAULT_IMAGE, metavar="[STATE.BIN]")
images_argument = click.argument("images", nargs=-1, metavar="[STATE.BIN]...")
library_option = click.option(
    "--library",
    "folders",
    multiple=True,
    metavar="DIR",
    help="Look for skills in this folder first; several times. Then in $CCC_LIBRARY, then in those that come with ccc.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


def dialect_options(function: F) -> F:
    """--isa and --dialect: read the image as something else than it says."""
    for option in (
        click.option("--dialect", type=click.Choice(list(DIALECTS)), help="Read the image in this dialect."),
        click.option(
            "--isa",
            type=click.Choice(["full", "subleq"]),
            help="Read the image as the whole instruction set, or as plain SUBLEQ.  [default: as the image says]",
        ),
    ):
        function = option(function)
    return function


def input_options(function: F) -> F:
    """--in and --input."""
    for option in (
        click.option("--in", "numbers", metavar="N,N,...", help="Input values, separated by commas."),
        click.option(
            "--input", "file", metavar="FILE", help="Input bytes from a file, or - for standard input. "
            "Without either option, a pipe or file at standard input is read.",
        ),
    ):  # fmt: skip
        function = option(function)
    return function


def neural_options(function: F) -> F:
    """Options of the neural engines."""
    for option in (
        click.option(
            "--weights", type=click.Path(path_type=Path), metavar="FILE", help="Run the weights in this file."
        ),
        click.option(
            "--rows",
            type=click.Choice(["changed", "all"]),
            help="Of the dense engine: compute the rows that can change, or every token through every layer.  "
            "[default: changed]",
        ),
        click.option(
            "--threads",
            type=click.IntRange(1, 256),
            default=1,
            show_default=True,
            help="Threads of torch; of the native engine, programs that run at a time.",
        ),
        click.option(
            "--perturb",
            multiple=True,
            metavar="NAME=VALUE",
            help="Change one named weight (see `ccc weights --describe --json`).",
        ),
    ):
        function = option(function)
    return function


def engine_options(weights: Path | None, rows: str | None, threads: int, perturb: tuple[str, ...]) -> EngineOptions:
    """The values of `neural_options`. Raises UsageError on a malformed --perturb."""
    from ccc.trace import EngineOptions

    return EngineOptions(rows or "changed", weights, tuple(_perturbation(text) for text in perturb), threads)


def _perturbation(text: str) -> tuple[str, float]:
    name, separator, value = text.rpartition("=")
    if not separator:
        raise UsageError(f"--perturb {text!r}: expected NAME=VALUE")
    return name, _number(value, "--perturb")


def _number(text: str, option: str) -> float:
    try:
        value = float(text.strip())
    except ValueError:
        raise UsageError(f"{option}: {text.strip()!r} is no number") from None
    if value - value != 0:
        raise UsageError(f"{option}: {text.strip()} is not finite")
    return value + 0.0


def json_number(value: float) -> Any:
    """A number for JSON, which has no infinity and no NaN: perturbed weights can lead to them."""
    return to_json_number(value) if math.isfinite(value) else str(value)


def read_inputs(numbers: str | None, file: str | None) -> list[float]:
    """The input values: numbers from --in, or bytes from a file or standard input."""
    if numbers is not None and file is not None:
        raise UsageError("--in and --input exclude each other")
    if numbers is not None:
        return [_number(part, "--in") for part in numbers.replace(",", " ").split()]
    if file is not None and file != "-":
        return [float(byte) for byte in read_bytes(file, _MAX_INPUT)]
    if file == "-" or _something_is_piped_in():
        data = sys.stdin.buffer.read(_MAX_INPUT + 1)
        if len(data) > _MAX_INPUT:
            raise FileError(f"standard input: larger than the {_MAX_INPUT:,} bytes allowed here")
        return [float(byte) for byte in data]
    return []


def _something_is_piped_in() -> bool:
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode
    except (OSError, ValueError, AttributeError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISREG(mode)


def parts_folder(mixture: str) -> Path:
    """Where the skills stand that a mixture in a file calls, and that are in no library."""
    return Path(mixture).with_suffix(".parts")


def folders_for(mixture: str, folders: tuple[str, ...]) -> tuple[str, ...]:
    """The libraries for a mixture in a file: --library, then the folder beside it, if there is one."""
    beside = parts_folder(mixture)
    return (*folders, str(beside)) if beside.is_dir() else folders


class Target(click.Path):
    """A file or a folder that is written, which has a name."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path."""
        if not str(value).strip():
            self.fail("the name is empty", param, ctx)
        return super().convert(value, param, ctx)


def refuse_same_target(targets: Mapping[str, str | Path | None]) -> None:
    """Raises UsageError where two options name one file or folder that both would write. targets: by option, None
    where it is not given.
    """
    said = [(option, str(path)) for option, path in targets.items() if path is not None]
    for number, (option, path) in enumerate(said):
        for other, before in said[:number]:
            if _is_same(path, before) and not _is_device(path):
                raise UsageError(f"{path} would be written by both {other} and {option}", "give another name to one")


def _is_same(one: str, other: str) -> bool:
    with contextlib.suppress(OSError, ValueError):
        if os.path.samefile(one, other):
            return True
    return os.path.realpath(one) == os.path.realpath(other)


def _is_device(path: str) -> bool:
    return os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path)


def refuse_same_file(source: str, output: str, hint: str = "") -> None:
    """Raises UsageError where the result would take the place of what it is made from."""
    with contextlib.suppress(OSError, ValueError):
        if os.path.samefile(source, output):
            raise UsageError(f"{output} would be overwritten: it is the input", hint)


def load_image(path: str, isa: str | None = None, dialect: str | None = None) -> Image:
    """The image at `path`, read as --isa or --dialect asks. Raises ImageError, FileError or UsageError."""
    if path == DEFAULT_IMAGE and not os.path.exists(path):
        raise UsageError(f"no {DEFAULT_IMAGE} here", "`ccc assemble prog.s` writes one; or name the image")
    if isa and dialect:
        raise UsageError("--isa and --dialect exclude each other")
    image = read_image(path)
    if isa == "full" and not image.dialect.extended:
        raise UsageError(f"{path} is dialect {image.dialect.name}, which has no extended instructions")
    if isa == "subleq" and image.dialect.extended:
        dialect = "subleq"
    if dialect is None or dialect == image.dialect.name:
        return image
    try:
        return image.with_dialect(DIALECTS[dialect])
    except ImageError as error:
        raise ImageError(f"{path} cannot be read in another dialect: {error.message}", error.hint) from None
