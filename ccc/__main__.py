"""`python -m ccc`, and where the `ccc` command begins."""

from __future__ import annotations

import signal


def main() -> None:
    """Run the command line and leave with its exit code. Until it is loaded, Ctrl-C ends the process quietly."""
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    from ccc.cli import main as run

    signal.signal(signal.SIGINT, before)
    run()


if __name__ == "__main__":
    main()
