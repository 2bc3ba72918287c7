"""What the skills of the curriculum that learn compute, in Python: perceptrons, regression, RANSAC, backpropagation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

Values = dict[str, Any]
"""Numbers, lists and lists of rows by slot."""


def predicted(w: Sequence[float], x: Sequence[float], b: float) -> float:
    return float(np.dot(w, x) + b > 0)


def perceptron_update(w: Any, b: float, x: Any, t: float, rate: float) -> tuple[Any, float]:
    error = t - predicted(w, x, b)
    return np.asarray(w) + rate * error * np.asarray(x), b + rate * error


def perceptron_pass(w: Any, b: float, x: Any, t: Any, rate: float) -> tuple[Any, float]:
    for row, label in zip(x, t, strict=True):
        w, b = perceptron_update(w, b, row, label, rate)
    return w, b


def perceptron_train(x: Any, t: Any, rate: float, epochs: int) -> tuple[Any, float]:
    w, b = np.zeros(len(x[0])), 0.0
    for _ in range(int(epochs)):
        w, b = perceptron_pass(w, b, x, t, rate)
    return w, b


def gradient_step(w: Any, x: Any, t: float, rate: float) -> Any:
    return np.asarray(w) + rate * (t - np.dot(w, x)) * np.asarray(x)


def gradient_pass(w: Any, x: Any, t: Any, rate: float, epochs: int = 1) -> Any:
    for _ in range(int(epochs)):
        for row, target in zip(x, t, strict=True):
            w = gradient_step(w, row, target, rate)
    return w


def inliers(x: Any, y: Any, m: float, c: float, t: float) -> int:
    return sum(abs(m * px + c - py) <= t for px, py in zip(x, y, strict=True))


def ransac(v: Values) -> Values:
    best = (0.0, 0.0, 0)
    for xa, ya, xb, yb in zip(v["xa"], v["ya"], v["xb"], v["yb"], strict=True):
        m = (yb - ya) / (xb - xa)
        k = inliers(v["x"], v["y"], m, ya - m * xa, v["t"])
        if k > best[2]:
            best = (m, ya - m * xa, k)
    return dict(zip("mck", best, strict=True))


def scored(v: Values) -> Values:
    m = (v["yb"] - v["ya"]) / (v["xb"] - v["xa"])
    c = v["ya"] - m * v["xa"]
    return {"m": m, "c": c, "k": inliers(v["x"], v["y"], m, c, v["t"])}


def backward(v: Values) -> Values:
    """The hidden layer, the errors of the outputs, and those of the hidden layer."""
    x, w1, w2 = (np.asarray(v[name]) for name in ("x", "w1", "w2"))
    hidden = np.maximum(w1 @ x, 0)
    error = np.asarray(v["t"]) - w2 @ hidden
    return {"h": hidden, "e": error, "d": (w2.T @ error) * (hidden > 0)}


def backprop(v: Values) -> Values:
    found = backward(v)
    u1, u2 = (v["rate"] * np.outer(found[a], b) for a, b in (("d", v["x"]), ("e", found["h"])))
    return {"u1": np.asarray(v["w1"]) + u1, "u2": np.asarray(v["w2"]) + u2}


def forward(v: Values) -> Values:
    hidden = np.maximum(np.asarray(v["w1"]) @ v["x"] + v["b1"], 0)
    return {"h": hidden, "y": np.asarray(v["w2"]) @ hidden + v["b2"]}
