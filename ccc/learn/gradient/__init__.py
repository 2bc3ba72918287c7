"""Learning by gradient: soft mixtures of skills trained by descent on many restarts, made hard, mended, verified."""

from __future__ import annotations

from ccc.learn.gradient.options import Options
from ccc.learn.gradient.searcher import Gradient

__all__ = ["Gradient", "Options"]
