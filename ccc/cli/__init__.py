"""The command line: one small module a command. Each parses, calls the library, renders.

Commands are imported when they are called, so that `ccc --help` and `ccc assemble` load neither torch nor numba.
"""

from ccc.cli.app import main

__all__ = ["main"]
