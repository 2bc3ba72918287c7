"""Search over hard mixtures: candidates are evaluated on all examples at once, in native code."""

from ccc.learn.search.best_first import BestFirst
from ccc.learn.search.mcts import MCTS
from ccc.learn.search.searcher import Enumerate, Focus

__all__ = ["MCTS", "BestFirst", "Enumerate", "Focus"]
