"""Learning: specs and examples, search for programs over known skills, verification, curricula."""

from ccc.learn.model import Budget, Case, Examples, Found, Problem, Progress, Report, Searcher, Spec

__all__ = ["Budget", "Case", "Examples", "Found", "Problem", "Progress", "Report", "Searcher", "Spec"]
