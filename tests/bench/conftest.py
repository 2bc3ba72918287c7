"""The command line's fixtures, for `ccc bench`."""

from tests.cli.conftest import ccc, save

__all__ = ["ccc", "save"]
