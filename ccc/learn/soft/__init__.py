"""Soft skills: programs over known skills, whose weights are trained from examples and then stand in static memory."""

from ccc.learn.soft.spec import SoftSpec, read_soft_spec
from ccc.learn.soft.trained import Trained, join, train

__all__ = ["SoftSpec", "Trained", "join", "read_soft_spec", "train"]
