"""The methods of search by name."""

from __future__ import annotations

from collections.abc import Callable

from ccc.errors import UsageError, nearest
from ccc.learn.model import Searcher, Spec
from ccc.learn.portfolio import Portfolio, Share

PORTFOLIO = "portfolio"


def _enumerate() -> Searcher:
    from ccc.learn.search import Enumerate

    return Enumerate()


def _focus() -> Searcher:
    from ccc.learn.search import Focus

    return Focus()


def _sweep() -> Searcher:
    from ccc.learn.search import Sweep

    return Sweep()


def _formulas() -> Searcher:
    from ccc.learn.search import Formulas

    return Formulas()


def _best_first() -> Searcher:
    from ccc.learn.search import BestFirst

    return BestFirst()


def _mcts() -> Searcher:
    from ccc.learn.search import MCTS

    return MCTS()


def _kernel() -> Searcher:
    from ccc.learn.sorting import KernelSearcher

    return KernelSearcher()


def _network() -> Searcher:
    from ccc.learn.sorting import NetworkSearcher

    return NetworkSearcher()


def _gradient() -> Searcher:
    from ccc.learn.gradient import Gradient

    return Gradient()


def _gradient_guided() -> Searcher:
    from ccc.learn.gradient.guided import GradientGuided

    return GradientGuided()


SEARCHERS: dict[str, Callable[[], Searcher]] = {
    "focus": _focus,
    "enumerate": _enumerate,
    "sweep": _sweep,
    "formulas": _formulas,
    "best-first": _best_first,
    "mcts": _mcts,
}
"""What makes the searcher of each method, in the order in which the portfolio tries them."""
SHARES = {
    "enumerate": Share(work=4.0),
    "focus": Share(work=6.0),
    "sweep": Share(work=4.0),
    "formulas": Share(work=16.0),
}
"""In the portfolio; others have one share each."""
SPECIAL: dict[str, Callable[[], Searcher]] = {
    "kernel": _kernel,
    "network": _network,
    "gradient": _gradient,
    "gradient-guided": _gradient_guided,
}
"""Methods for one kind of problem, which are used where they are asked for by name."""


def methods() -> tuple[str, ...]:
    """The names of all methods."""
    return (*SEARCHERS, *SPECIAL, PORTFOLIO)


def method_for(spec: Spec, asked: str) -> str:
    """The method for a spec: what was asked for, but where that is the portfolio, what the spec asks for if it does."""
    return spec.method or asked if asked == PORTFOLIO else asked


def make_searcher(name: str) -> Searcher:
    """The method called `name`. Raises UsageError where there is none."""
    if name == PORTFOLIO:
        return Portfolio([make() for make in SEARCHERS.values()], [SHARES.get(name, Share()) for name in SEARCHERS])
    known = SEARCHERS | SPECIAL
    if name not in known:
        raise UsageError(f"no method {name!r}", nearest(name, methods()) or f"known: {', '.join(methods())}")
    return known[name]()
