"""Search over hard mixtures: candidates are evaluated on all examples at once, in native code."""

from ccc.learn.search.best_first import BestFirst
from ccc.learn.search.formulas import Formulas
from ccc.learn.search.mcts import MCTS
from ccc.learn.search.searcher import Enumerate, Focus
from ccc.learn.search.sweep import Sweep

__all__ = ["MCTS", "BestFirst", "Enumerate", "Focus", "Formulas", "Sweep"]
