"""The `ccc` command: its subcommands, loaded on demand, and the one place where errors become exit codes."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from typing import Any, TextIO

import click

from ccc import __version__
from ccc.errors import CccError, ExitCode, nearest

# numpy's BLAS would start a thread a core at import, which costs short commands a third of their time and serves none:
# matrices are multiplied by torch, which has threads of its own.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

COMMANDS: dict[str, tuple[str, str]] = {
    "assemble": ("ccc.cli.assemble", "Assemble a source file to a state image."),
    "disassemble": ("ccc.cli.disassemble", "Turn a state image back into source."),
    "inspect": ("ccc.cli.inspect", "Show what a state image holds."),
    "run": ("ccc.cli.run", "Run a state image, in the emulator or in the Transformer."),
    "skills": ("ccc.cli.skills", "List, show and test the skills of the libraries."),
    "link": ("ccc.cli.link", "Put skills and data together into one state image."),
    "lower": ("ccc.cli.lower", "Write a mixture of skills as the calls that it stands for, or as straight code."),
    "explain": ("ccc.cli.explain", "Say what a skill, an image or a mixture does, with values at each step."),
    "diff-trace": (
        "ccc.cli.diff_trace",
        "Compare two engines on one program, and find the first instruction that differs.",
    ),
    "train": ("ccc.cli.train", "Fit a mixture of known skills by gradient descent, and make it a program."),
    "compose": ("ccc.cli.compose", "Find a program over known skills that does what examples say."),
    "learn-skill": ("ccc.cli.learn_skill", "Learn skills from examples, in generations, and add them to a library."),
    "derive": ("ccc.cli.derive", "Write the Jacobian code of a skill from its forward code."),
    "gradient": ("ccc.cli.gradient", "Differentiate what a run comes to, through every instruction."),
    "bench": ("ccc.cli.bench", "Measure how fast ccc is on this machine."),
    "mutants": ("ccc.cli.mutants", "Change each weight in turn, and see that a comparison notices."),
    "weights": ("ccc.cli.weights", "Save or describe the Transformer's constructed weights."),
}
"""Name of each command: its module, whose `command` is the click command, and its line in `ccc --help`."""


class _LazyGroup(click.Group):
    """Imports a command's module when that command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(COMMANDS[cmd_name][0]).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, from the table instead of from their modules."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        name = args[0] if args else ""
        if name and name not in COMMANDS and not name.startswith("-"):
            hint = nearest(name, COMMANDS) or f"known: {', '.join(COMMANDS)}"
            raise click.UsageError(f"no command {name!r}; {hint}", ctx)
        return super().resolve_command(ctx, args)


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="ccc")
def cli() -> None:
    """Programs that run, exactly, inside a Transformer.

    Exit codes: 0 done, 1 a difference was found, 2 usage, or a skill was not learnt, 3 mistake in a source, card or
    spec, 4 bad state image, 5 bad weights, 6 file trouble, 10 the program faulted, 11 step limit, 130 interrupted.
    """


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    _open_missing_streams()
    sys.exit(run(arguments))


def run(arguments: list[str] | None = None) -> int:
    """Run the command line; return its exit code. Users see messages, never tracebacks."""
    try:
        result = cli.main(arguments, prog_name="ccc", standalone_mode=False)
        sys.stdout.flush()
        return int(result or ExitCode.OK)
    except CccError as error:
        return _fail(error.render(), error.exit_code)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return _fail("interrupted", ExitCode.INTERRUPTED)
    except (BrokenPipeError, SystemExit):
        # The reader of a pipe has gone (`ccc ... | head`); click turns that into SystemExit. Leave quietly.
        _drop(sys.stdout)
        return ExitCode.OK
    except OSError as error:
        _drop(sys.stdout)
        return _fail(f"error: {error.strerror or error}".lower(), ExitCode.FILE)
    except MemoryError:
        return _fail("error: out of memory", ExitCode.USAGE)


def _fail(message: str, code: int) -> int:
    try:
        click.echo(message, err=True)
        sys.stderr.flush()
    except OSError:  # standard error may be closed or full too; the exit code says it all
        _drop(sys.stderr)
    return code


def _open_missing_streams() -> None:
    """A shell may start a command with closed streams (`ccc run >&-`): they read nothing and keep nothing."""
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115 - open as long as the process
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115


def _drop(stream: TextIO) -> None:
    """Let what a stream still holds go nowhere, so that Python does not fail on it at shutdown."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
