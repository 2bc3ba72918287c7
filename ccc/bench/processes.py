"""Whole processes, the only ones that ccc starts: itself, to time its start and its memory, and gcc and the C loop.

They run in a session of their own, so that Ctrl-C reaches only the bench, which ends them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from ccc.errors import CccError

_COMMAND = "import sys; from ccc.cli import main; main()"
# The peak of a process cannot be asked from outside once it has ended: what the system keeps for its parent counts the
# parent's own memory before the new program was loaded too. So the process reads its own before it leaves.
_WITH_PEAK = """
import sys
from ccc.cli.app import run
code = run(sys.argv[1:])
with open("/proc/self/status", encoding="utf-8") as status:
    sys.stderr.write(next(line for line in status if line.startswith("VmHWM:")))
sys.exit(code)
"""


class ProcessError(CccError):
    """A process that the bench needs has failed."""


def find_gcc() -> str | None:
    """Where gcc is, or None."""
    return shutil.which("gcc")


def compile_c(gcc: str, source: Path, binary: Path) -> None:
    """Compile a C source with -O3. Raises ProcessError with the compiler's first line."""
    _run([gcc, "-O3", "-o", str(binary), str(source)])


def run_binary(binary: Path, arguments: Sequence[str]) -> str:
    """What a program prints. Raises ProcessError where it fails."""
    return _run([str(binary), *arguments]).stdout


def seconds_of_ccc(arguments: Sequence[str], cache: Path | None = None) -> float:
    """How long `ccc` takes with these arguments, from start to end. cache: stands for the user's cache.

    Raises ProcessError where it fails.
    """
    start = time.perf_counter()
    _run([sys.executable, "-c", _COMMAND, *arguments], cache)
    return time.perf_counter() - start


def peak_of_ccc(arguments: Sequence[str]) -> float | None:
    """The most memory in MiB that `ccc` holds with these arguments (resident set), or None where no one says.

    Raises ProcessError where it fails.
    """
    if not Path("/proc/self/status").exists():
        return None
    errors = _run([sys.executable, "-c", _WITH_PEAK, *arguments]).stderr
    kibibytes = next(line.split()[1] for line in errors.splitlines() if line.startswith("VmHWM:"))
    return int(kibibytes) / 1024


def _run(command: Sequence[str], cache: Path | None = None) -> subprocess.CompletedProcess[str]:
    package = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(part for part in (package, os.environ.get("PYTHONPATH", "")) if part)
    environment = os.environ | {"PYTHONPATH": path} | ({"XDG_CACHE_HOME": str(cache)} if cache else {})
    try:
        done = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
            check=False,
        )
    except OSError as error:
        raise ProcessError(f"cannot start {command[0]}: {(error.strerror or str(error)).lower()}") from None
    if done.returncode:
        said = (done.stderr.strip() or f"exit code {done.returncode}").splitlines()[0]
        raise ProcessError(f"{Path(command[0]).name} failed: {said}")
    return done
