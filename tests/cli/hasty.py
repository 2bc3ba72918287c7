"""`ccc`, but a training writes how far it is whenever it can, not every few seconds: python -m tests.cli.hasty."""

from __future__ import annotations

import sys

from ccc.cli import main
from ccc.learn import state

if __name__ == "__main__":
    state._EVERY = state._REST = 0.0
    sys.argv[0] = "ccc"
    main()
