"""Search over hard mixtures: candidates are evaluated on all examples at once, in native code."""

from ccc.learn.search.searcher import Enumerate

__all__ = ["Enumerate"]
