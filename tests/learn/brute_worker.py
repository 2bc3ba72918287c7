"""A worker that searches by brute force, for tests of curricula."""

from __future__ import annotations

from ccc.learn import methods
from ccc.learn.tasks import perform
from ccc.learn.worker import serve
from tests.learn.brute import Brute

if __name__ == "__main__":
    methods.SEARCHERS.clear()
    methods.SEARCHERS["brute"] = Brute
    serve(perform)
