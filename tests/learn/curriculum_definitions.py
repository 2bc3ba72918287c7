"""What each skill of the curriculum computes, written in Python without a look at the references in assembly."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tests.learn.curriculum_learning import (
    Values,
    backprop,
    backward,
    forward,
    gradient_pass,
    gradient_step,
    inliers,
    perceptron_pass,
    perceptron_train,
    perceptron_update,
    predicted,
    ransac,
    scored,
)


def scan(step: Callable[..., tuple[Any, ...]], state: Sequence[Any], *lists: Sequence[Any]) -> list[Any]:
    """The first of what each step returns; the rest is the state of the next step."""
    found = []
    for items in zip(*lists, strict=True):
        value, *state = step(*items, *state)
        found.append(value)
    return found


def wrapped(value: int) -> int:
    return (value + 2**31) % 2**32 - 2**31


def collatz(n: int) -> int:
    return n // 2 if n % 2 == 0 else 3 * n + 1


def collatz_steps(n: int) -> int:
    return 0 if n == 1 else 1 + collatz_steps(collatz(n))


def divisors(n: int) -> list[int]:
    return [d for d in range(1, n + 1) if n % d == 0]


def fibonacci(n: int) -> int:
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2) if n < 20 else round(((1 + 5**0.5) / 2) ** n / 5**0.5)


def bits(n: int) -> str:
    return bin(n)[2:] if n else ""


def sides(x: Sequence[int]) -> list[int]:
    padded = [0, *x, 0]
    return [4 * padded[i] + 2 * padded[i + 1] + padded[i + 2] for i in range(len(x))]


def windows(x: Sequence[int], size: int) -> list[list[int]]:
    """The last `size` elements up to each place, zeros where there are none."""
    padded = [0] * (size - 1) + list(x)
    return [padded[i : i + size] for i in range(len(x))]


def best_sum(x: Sequence[int]) -> int:
    return max(sum(x[i:j]) for i in range(len(x) + 1) for j in range(i, len(x) + 1))


def value_of(digits: Sequence[int], base: int) -> int:
    return sum(int(digit) * base**power for power, digit in enumerate(reversed(list(digits))))


def low_digits(value: int, base: int, count: int) -> list[int]:
    return [value // base**power % base for power in range(count)]


def divide_digits(x: Sequence[int], k: int) -> list[int]:
    """The remainder may be larger than a digit is, but the quotient's digits are those of whole prefixes."""
    prefixes = [value_of(x[: i + 1], 2) // k for i in range(len(x))]
    return [now - 2 * before for before, now in itertools.pairwise([0, *prefixes])]


def prefix_values(x: Sequence[int], base: int) -> list[int]:
    """What the first numbers of a vector stand for, the lowest place first."""
    return [value_of(part[::-1], base) for part in prefixes(x)]


def bubbled(x: Sequence[int]) -> list[int]:
    found = list(x)
    for i in range(len(x) - 1):
        found[i : i + 2] = sorted(found[i : i + 2], reverse=True)
    return found


def balanced(x: Sequence[int]) -> int:
    text = "".join("(" if item == 1 else ")" for item in x)
    while "()" in text:
        text = text.replace("()", "")
    return int(not text)


def word_count(x: Sequence[int]) -> int:
    return len("".join("x" if item else " " for item in x).split())


def prefixes(x: Sequence[Any]) -> list[Sequence[Any]]:
    return [x[: i + 1] for i in range(len(x))]


def spring(x: Sequence[int]) -> list[int]:
    def step(force: int, p: int, v: int) -> tuple[int, int, int]:
        v = v + force - p
        return p + v, p + v, v

    return scan(step, [0, 0], x)


SCALARS: dict[str, Callable[[Values], Any]] = {
    "subleq_neg": lambda v: -v["x"],
    "subleq_copy": lambda v: v["x"],
    "subleq_add": lambda v: v["a"] + v["b"],
    "subleq_sub": lambda v: v["a"] - v["b"],
    "subleq_double": lambda v: 2 * v["x"],
    "subleq_mul": lambda v: v["a"] * v["b"],
    "conditional_max": lambda v: max(v["a"], v["b"]),
    "conditional_min": lambda v: min(v["a"], v["b"]),
    "repeated_mod": lambda v: v["a"] % v["b"],
    "square": lambda v: v["x"] ** 2,
    "double": lambda v: 2 * v["x"],
    "triple": lambda v: 3 * v["x"],
    "cube": lambda v: v["x"] ** 3,
    "fourth_power": lambda v: v["x"] ** 4,
    "complement": lambda v: {0: 1, 1: 0}[v["x"]],
    "is_zero": lambda v: v["x"] == 0,
    "is_positive": lambda v: v["x"] > 0,
    "sign": lambda v: (v["x"] > 0) - (v["x"] < 0),
    "abs": lambda v: abs(v["x"]),
    "rectify": lambda v: v["x"] if v["x"] > 0 else 0,
    "even": lambda v: v["x"] % 2 == 0,
    "odd": lambda v: v["x"] % 2 == 1,
    "halve": lambda v: v["x"] // 2,
    "eq": lambda v: v["a"] == v["b"],
    "differ": lambda v: v["a"] != v["b"],
    "less": lambda v: v["a"] < v["b"],
    "at_most": lambda v: v["a"] <= v["b"],
    "abs_diff": lambda v: abs(v["a"] - v["b"]),
    "average": lambda v: (v["a"] + v["b"]) // 2,
    "sum_of_squares": lambda v: v["a"] ** 2 + v["b"] ** 2,
    "divides": lambda v: v["b"] % v["a"] == 0,
    "floor_mod": lambda v: v["a"] % v["b"],
    "clamp": lambda v: sorted([v["low"], v["x"], v["high"]])[1],
    "max3": lambda v: max(v["a"], v["b"], v["c"]),
    "min3": lambda v: min(v["a"], v["b"], v["c"]),
    "median3": lambda v: sorted([v["a"], v["b"], v["c"]])[1],
    "select": lambda v: v["a"] if v["s"] else v["b"],
    "manhattan": lambda v: abs(v["a"] - v["c"]) + abs(v["b"] - v["d"]),
    "quadratic": lambda v: v["a"] * v["x"] ** 2 + v["b"] * v["x"] + v["c"],
    "line": lambda v: v["m"] * v["x"] + v["c"],
    "nand": lambda v: not (v["a"] and v["b"]),
    "nor": lambda v: not (v["a"] or v["b"]),
    "xnor": lambda v: v["a"] == v["b"],
    "implies": lambda v: v["a"] <= v["b"],
    "difference_or": lambda v: v["a"] != v["b"],
    "majority3": lambda v: v["a"] + v["b"] + v["c"] >= 2,
    "lowest_bit": lambda v: v["x"] % 2,
    "bit_at": lambda v: v["a"] // 2 ** v["b"] % 2,
    "with_bit": lambda v: v["a"] if v["a"] // 2 ** v["b"] % 2 else v["a"] + 2 ** v["b"],
    "without_lowest": lambda v: v["x"] - math.gcd(v["x"], 2**31),
    "isolated_lowest": lambda v: math.gcd(v["x"], 2**31),
    "power_of_two": lambda v: bits(v["x"]).count("1") == 1,
    "gray_code": lambda v: v["x"] ^ (v["x"] // 2),
    "popcount_word": lambda v: bits(v["x"]).count("1"),
    "bit_length": lambda v: len(bits(v["x"])),
    "parity_word": lambda v: bits(v["x"]).count("1") % 2,
    "triangular": lambda v: sum(range(v["n"] + 1)),
    "sum_of_first_squares": lambda v: sum(i * i for i in range(v["n"] + 1)),
    "factorial": lambda v: math.factorial(v["n"]),
    "fibonacci": lambda v: fibonacci(v["n"]),
    "power_of_2": lambda v: 2 ** v["n"],
    "integer_sqrt": lambda v: math.isqrt(v["n"]),
    "log2_floor": lambda v: v["n"].bit_length() - 1,
    "collatz_step": lambda v: collatz(v["n"]),
    "collatz_steps": lambda v: collatz_steps(v["n"]),
    "divisor_count": lambda v: len(divisors(v["n"])),
    "divisor_sum": lambda v: sum(divisors(v["n"])),
    "is_prime": lambda v: divisors(v["n"]) == [1, v["n"]],
    "pow": lambda v: v["a"] ** v["b"],
    "gcd": lambda v: math.gcd(v["a"], v["b"]),
    "lcm": lambda v: math.lcm(v["a"], v["b"]),
    "coprime": lambda v: math.gcd(v["a"], v["b"]) == 1,
    "modular_power": lambda v: pow(v["a"], v["b"], v["m"]),
    "totient": lambda v: sum(math.gcd(i, v["n"]) == 1 for i in range(1, v["n"] + 1)),
    "sum": lambda v: sum(v["x"]),
    "product": lambda v: math.prod(v["x"]),
    "largest": lambda v: max(v["x"]),
    "smallest": lambda v: min(v["x"]),
    "first": lambda v: v["x"][0],
    "last": lambda v: v["x"][-1],
    "sum_squares": lambda v: sum(i * i for i in v["x"]),
    "sum_abs": lambda v: sum(map(abs, v["x"])),
    "alternating_sum": lambda v: sum(v["x"][::2]) - sum(v["x"][1::2]),
    "zero_count": lambda v: v["x"].count(0),
    "count_positive": lambda v: sum(i > 0 for i in v["x"]),
    "count_even": lambda v: sum(i % 2 == 0 for i in v["x"]),
    "parity_of_bits": lambda v: sum(v["x"]) % 2,
    "span": lambda v: max(v["x"]) - min(v["x"]),
    "mean": lambda v: int(sum(v["x"]) / len(v["x"])),
    "count_equal": lambda v: v["x"].count(v["key"]),
    "contains": lambda v: v["key"] in v["x"],
    "linear_search": lambda v: [*v["x"], v["key"]].index(v["key"]),
    "sorted_position": lambda v: sum(i < v["key"] for i in v["x"]),
    "element_at": lambda v: dict(enumerate(v["x"])).get(v["i"], 0),
    "argmax": lambda v: v["x"].index(max(v["x"])),
    "argmin": lambda v: v["x"].index(min(v["x"])),
    "dot": lambda v: int(np.dot(v["a"], v["b"])),
    "hamming": lambda v: sum(map(int.__ne__, v["a"], v["b"])),
    "vector_distance": lambda v: int(np.abs(np.subtract(v["a"], v["b"])).sum()),
    "poly_eval": lambda v: value_of(v["x"], v["t"]),
    "is_sorted": lambda v: v["x"] == sorted(v["x"]),
    "kadane": lambda v: best_sum(v["x"]),
    "longest_run": lambda v: max(map(len, "".join(map(str, v["x"])).split("0"))),
    "count_changes": lambda v: int(np.abs(np.diff([0, *v["x"]])).sum()),
    "parse_number": lambda v: value_of(v["x"], v["base"]),
    "parse_text": lambda v: int(bytes(v["x"]).decode()),
    "deepest": lambda v: max(0, *itertools.accumulate(v["x"])),
    "balanced": lambda v: balanced(v["x"]),
    "word_count": lambda v: word_count(v["x"]),
    "vector_copy": lambda v: v["x"],
    "vector_neg": lambda v: -np.asarray(v["x"]),
    "vector_abs": lambda v: np.abs(v["x"]),
    "vector_scale": lambda v: v["a"] * np.asarray(v["x"]),
    "vector_fill": lambda v: [v["a"]] * v["n"],
    "count_up": lambda v: range(v["n"]),
    "vector_add": lambda v: np.add(v["a"], v["b"]),
    "vector_sub": lambda v: np.subtract(v["a"], v["b"]),
    "vector_mul": lambda v: np.multiply(v["a"], v["b"]),
    "vector_max": lambda v: np.maximum(v["a"], v["b"]),
    "vector_min": lambda v: np.minimum(v["a"], v["b"]),
    "vector_equal": lambda v: np.equal(v["a"], v["b"]),
    "vector_scale_add": lambda v: v["s"] * np.asarray(v["a"]) + v["b"],
    "prefix_sum": lambda v: np.cumsum(v["x"]),
    "prefix_product": lambda v: [math.prod(x) for x in prefixes(v["x"])],
    "delay": lambda v: [0, *v["x"]][:-1],
    "delay2": lambda v: [0, 0, *v["x"]][:-2],
    "shift_left": lambda v: [*v["x"], 0][1:],
    "delay_from": lambda v: [v["f"], *v["x"]][:-1],
    "rotate_right": lambda v: np.roll(v["x"], 1),
    "reverse": lambda v: v["x"][::-1],
    "running_max": lambda v: np.maximum.accumulate(v["x"]),
    "running_min": lambda v: np.minimum.accumulate(v["x"]),
    "first_differences": lambda v: np.diff([0, *v["x"]]),
    "sum_window_2": lambda v: np.sum(windows(v["x"], 2), axis=1),
    "sum_window_3": lambda v: np.sum(windows(v["x"], 3), axis=1),
    "filter_3": lambda v: np.asarray(windows(v["x"], 3)) @ [v["c2"], v["c1"], v["c0"]],
    "freebody": lambda v: np.cumsum(np.cumsum(v["x"])),
    "spring": lambda v: [wrapped(p) for p in spring(v["x"])],
    "parity": lambda v: np.cumsum(v["x"]) % 2,
    "parity_window_2": lambda v: np.sum(windows(v["x"], 2), axis=1) % 2,
    "parity_window_3": lambda v: np.sum(windows(v["x"], 3), axis=1) % 2,
    "majority_so_far": lambda v: [x.count(1) > x.count(0) for x in prefixes(v["x"])],
    "add_mod_k": lambda v: np.cumsum(v["x"]) % v["k"],
    "evens_so_far": lambda v: [sum(i % 2 == 0 for i in x) for x in prefixes(v["x"])],
    "dither": lambda v: np.diff([0, *(np.cumsum(v["x"]) // v["k"])]),
    "increment": lambda v: low_digits(value_of(v["x"][::-1], 2) + 1, 2, v["n"]),
    "ripple_add": lambda v: low_digits(value_of(v["a"][::-1], 2) + value_of(v["b"][::-1], 2), 2, v["n"]),
    "base_b_add": lambda v: low_digits(value_of(v["a"][::-1], v["k"]) + value_of(v["b"][::-1], v["k"]), v["k"], v["n"]),
    "to_digits": lambda v: low_digits(v["x"], v["k"], v["n"]),
    "divide_digits": lambda v: divide_digits(v["x"], v["k"]),
    "sort_down": lambda v: sorted(v["x"], reverse=True),
    "sort_up": lambda v: sorted(v["x"]),
    "neighbourhood": lambda v: sides(v["x"]),
    "look_up": lambda v: [v["table"][i] for i in v["x"]],
    "eca_rule_step": lambda v: [v["table"][i] for i in sides(v["x"])],
    "matvec": lambda v: np.asarray(v["a"]) @ v["x"],
    "row_sums": lambda v: np.sum(v["a"], axis=1),
    "matrix_sum": lambda v: np.sum(v["a"]),
    "outer_product": lambda v: np.outer(v["x"], v["z"]),
    "vecmat": lambda v: np.asarray(v["x"]) @ v["a"],
    "matmul": lambda v: np.asarray(v["a"]) @ v["b"],
    "lerp_step": lambda v: v["w"] + v["rate"] * v["d"],
    "squared_difference": lambda v: (v["a"] - v["b"]) ** 2,
    "real_line": lambda v: v["m"] * v["x"] + v["c"],
    "real_distance": lambda v: abs(v["a"] - v["b"]),
    "within": lambda v: abs(v["a"] - v["b"]) <= v["t"],
    "real_sum": lambda v: sum(v["x"]),
    "real_mean": lambda v: np.mean(v["x"]),
    "real_dot": lambda v: np.dot(v["a"], v["b"]),
    "squared_error_sum": lambda v: np.sum(np.subtract(v["a"], v["b"]) ** 2),
    "mse": lambda v: np.mean(np.subtract(v["a"], v["b"]) ** 2),
    "real_copy": lambda v: v["x"],
    "real_vector_add": lambda v: np.add(v["a"], v["b"]),
    "real_vector_sub": lambda v: np.subtract(v["a"], v["b"]),
    "real_scale_add": lambda v: v["s"] * np.asarray(v["a"]) + v["b"],
    "rectify_all": lambda v: np.maximum(v["x"], 0),
    "pass_where_positive": lambda v: np.where(np.asarray(v["h"]) > 0, v["x"], 0),
    "smooth": lambda v: scan(lambda x, s: (s + v["rate"] * (x - s),) * 2, [0.0], v["x"]),
    "real_matvec": lambda v: np.asarray(v["a"]) @ v["x"],
    "real_vecmat": lambda v: np.asarray(v["x"]) @ v["a"],
    "linear_layer": lambda v: np.asarray(v["w"]) @ v["x"] + v["b"],
    "rectified_layer": lambda v: np.maximum(np.asarray(v["w"]) @ v["x"] + v["b"], 0),
    "rank_one_update": lambda v: np.asarray(v["a"]) + v["rate"] * np.outer(v["d"], v["x"]),
    "perceptron_score": lambda v: np.dot(v["w"], v["x"]) + v["b"],
    "perceptron_predict": lambda v: predicted(v["w"], v["x"], v["b"]),
    "linreg_residual": lambda v: v["t"] - np.dot(v["w"], v["x"]),
    "linreg_grad_step": lambda v: gradient_step(v["w"], v["x"], v["t"], v["rate"]),
    "linreg_pass": lambda v: gradient_pass(v["v"], v["x"], v["t"], v["rate"]),
    "linreg_train": lambda v: gradient_pass(np.zeros(v["n"]), v["x"], v["t"], v["rate"], v["epochs"]),
    "inlier_count": lambda v: inliers(v["x"], v["y"], v["m"], v["c"], v["t"]),
    "count_if_equal": lambda v: v["k"] + (v["a"] == v["b"]),
    "count_if_differ": lambda v: v["k"] + (v["a"] != v["b"]),
    "count_if_less": lambda v: v["k"] + (v["a"] < v["b"]),
    "begins": lambda v: v["x"] != 0 and v["last"] == 0,
    "both_zero": lambda v: v["a"] == v["b"] == 0,
    "subtract_if_fits": lambda v: v["a"] - v["b"] if v["a"] >= v["b"] else v["a"],
    "next_square": lambda v: (v["x"] + 1) ** 2,
    "root_step": lambda v: v["r"] + ((v["r"] + 1) ** 2 <= v["n"]),
    "multiply_mod": lambda v: v["a"] * v["b"] % v["m"],
    "collatz_next": lambda v: collatz(v["n"]) if v["n"] > 1 else 0,
    "count_if_divides": lambda v: v["k"] + (v["d"] in divisors(v["n"])),
    "add_if_divides": lambda v: v["s"] + (v["d"] if v["d"] in divisors(v["n"]) else 0),
    "count_if_coprime": lambda v: v["k"] + (math.gcd(v["a"], v["b"]) == 1),
    "leading_zeros": lambda v: [*v["x"], 1].index(1),
    "vectors_equal": lambda v: v["a"] == v["b"],
    "equals_key": lambda v: np.equal(v["x"], v["key"]),
    "subtract_from_all": lambda v: np.subtract(v["x"], v["a"]),
    "signs_of_bits": lambda v: [1 if i else -1 for i in v["x"]],
    "ones_less_zeros": lambda v: [x.count(1) - x.count(0) for x in prefixes(v["x"])],
    "best_sums": lambda v: [max(0, *(sum(x[i:]) for i in range(len(x)))) for x in prefixes(v["x"])],
    "run_lengths": lambda v: [len("".join(map(str, x)).split("0")[-1]) for x in prefixes(v["x"])],
    "word_starts": lambda v: np.diff([0, *map(word_count, prefixes(v["x"]))]),
    "filter_2": lambda v: np.asarray(windows(v["x"], 2)) @ [v["c1"], v["c0"]],
    "real_at_most": lambda v: v["a"] <= v["b"],
    "real_positive": lambda v: v["x"] > 0,
    "slope": lambda v: (v["y2"] - v["y1"]) / (v["x2"] - v["x1"]),
    "intercept": lambda v: v["y"] - v["m"] * v["x"],
    "perceptron_error": lambda v: v["t"] - predicted(v["w"], v["x"], v["b"]),
    "line_distance": lambda v: abs(v["m"] * v["x"] + v["c"] - v["y"]),
    "line_distances": lambda v: np.abs(np.polyval([v["m"], v["c"]], v["x"]) - v["y"]),
    "move_weights": lambda v: np.asarray(v["w"]) + v["rate"] * v["e"] * np.asarray(v["x"]),
    "remainders": lambda v: [value_of(x, 2) % v["k"] for x in prefixes(v["x"])],
    "collatz_length": lambda v: 1 + collatz_steps(v["n"]),
    "divide_all": lambda v: np.trunc(np.divide(v["x"], v["k"])),
    "quotients": lambda v: [v["x"] // v["k"] ** i for i in range(v["n"])],
    "lowest_level": lambda v: min(itertools.accumulate(v["x"])),
    "lowest_before": lambda v: [min(v["v"], *v["x"][:i], v["v"]) for i in range(v["n"])],
    "keep_if_equal": lambda v: v["x"] if v["a"] == v["b"] else 0,
    "add_if_equal": lambda v: v["s"] + (v["x"] if v["a"] == v["b"] else 0),
    "add_or_zero": lambda v: max(0, v["a"] + v["b"]),
    "add_squared_difference": lambda v: v["s"] + (v["a"] - v["b"]) ** 2,
    "scale_add_delayed": lambda v: v["c"] * np.asarray(v["x"]) + [0, *v["z"]][:-1],
    "real_count_if_at_most": lambda v: v["k"] + (v["a"] <= v["b"]),
    "count_at_most": lambda v: sum(i <= v["t"] for i in v["x"]),
    "bit_pairs": lambda v: [value_of(x, 2) for x in windows(v["x"], 2)],
    "scale_add_next": lambda v: v["c"] * np.asarray(v["x"]) + [*v["z"], 0][1:],
    "bubble_pass": lambda v: bubbled(v["x"]),
    "quotient_sums": lambda v: np.add(v["x"], [0, *v["s"]][:-1]) // v["k"],
    "remainder_sums": lambda v: np.add(v["x"], [0, *v["s"]][:-1]) % v["k"],
    "quotient_bits": lambda v: np.add(v["x"], np.multiply(2, [0, *v["r"]][:-1])) // v["k"],
    "sum_carries": lambda v: [x // v["k"] ** (i + 1) for i, x in enumerate(prefix_values(v["x"], v["k"]))],
    "release_carries": lambda v: low_digits(value_of(v["x"][::-1], v["k"]), v["k"], v["n"]),
    "max_next": lambda v: np.maximum(v["x"], [*v["z"], 0][1:]),
    "mod_all": lambda v: np.mod(v["x"], v["k"]),
    "hidden_layer": lambda v: np.maximum(np.asarray(v["w"]) @ v["x"], 0),
    "layer_error": lambda v: v["t"] - np.asarray(v["w"]) @ v["x"],
    "back_error": lambda v: (np.asarray(v["w"]).T @ v["e"]) * (np.asarray(v["h"]) > 0),
}
"""Skills with one output: its value, 32-bit wrapping left out."""

SEVERAL: dict[str, Callable[[Values], Values]] = {
    "repeated_divmod": lambda v: {"q": v["a"] // v["b"], "r": v["a"] % v["b"]},
    "swap": lambda v: {"p": v["b"], "q": v["a"]},
    "divmod": lambda v: {"q": int(v["a"] / v["b"]), "r": int(math.fmod(v["a"], v["b"]))},
    "sort2": lambda v: dict(zip("pq", sorted([v["a"], v["b"]]), strict=True)),
    "sort3": lambda v: dict(zip("pqr", sorted([v["a"], v["b"], v["c"]]), strict=True)),
    "half_adder": lambda v: dict(zip(("carry", "sum"), divmod(v["a"] + v["b"], 2), strict=True)),
    "full_adder": lambda v: dict(zip(("carry", "sum"), divmod(v["a"] + v["b"] + v["c"], 2), strict=True)),
    "insert": lambda v: {"y": sorted([v["v"], *v["x"]])[:-1], "rest": max(v["v"], *v["x"])},
    "insert_down": lambda v: dict(zip(("y", "rest"), carried(v["v"], v["x"]), strict=True)),
    "line_from_2_points": lambda v: dict(zip("mc", np.polyfit([v["x1"], v["x2"]], [v["y1"], v["y2"]], 1), strict=True)),
    "mlp_forward": forward,
    "perceptron_update": lambda v: dict(
        zip("uc", perceptron_update(v["w"], v["b"], v["x"], v["t"], v["rate"]), strict=True)
    ),
    "perceptron_train": lambda v: dict(
        zip("wb", perceptron_train(v["x"], v["t"], v["rate"], v["epochs"]), strict=True)
    ),
    "better_line": lambda v: {name: v[name + "1"] if v["k1"] >= v["k2"] else v[name + "2"] for name in ("m", "c", "k")},
    "scored_line": scored,
    "ransac_line": ransac,
    "divide_step": lambda v: {"p": v["q"] + (v["r"] >= v["b"]), "s": v["r"] - (v["b"] if v["r"] >= v["b"] else 0)},
    "divide_sum": lambda v: dict(zip("qr", divmod(v["a"] + v["b"], v["k"]), strict=True)),
    "divide_bit": lambda v: dict(zip(("q", "rest"), divmod(2 * v["r"] + v["x"], v["k"]), strict=True)),
    "extremes": lambda v: {"low": min(v["x"]), "high": max(v["x"])},
    "level": lambda v: {"lowest": min(itertools.accumulate(v["x"])), "last": sum(v["x"])},
    "perceptron_pass": lambda v: dict(
        zip("wb", perceptron_pass(v["v"], v["d"], v["x"], v["t"], v["rate"]), strict=True)
    ),
    "mlp_output_error": backward,
    "mlp_errors": backward,
    "mlp_backprop_step": backprop,
}
"""Skills with several outputs."""


def carried(value: int, x: Sequence[int]) -> tuple[list[int], int]:
    """Of each number and the one that is carried along, the larger stays and the smaller goes on."""
    found = []
    for item in x:
        found.append(max(item, value))
        value = min(item, value)
    return found, value
