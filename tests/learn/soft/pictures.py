"""A small task with labels that are never shown: three kinds of noisy pictures of 2 by 2 pixels, and sums."""

from __future__ import annotations

from pathlib import Path

import numpy as np

SPECS = Path(__file__).resolve().parents[3] / "skills" / "trained"
KINDS = np.array([[[1, 0], [0, 0]], [[0, 1], [1, 0]], [[1, 1], [0, 1]]], dtype=np.float64)

SUM = """
spec: sum_of_kinds
kind: soft
description: The sum of the kinds of two pictures.
inputs: {left: "real[2, 2]", right: "real[2, 2]"}
outputs: {sum: int}
parts:
  kind_of:
    description: The kind of a picture.
    inputs: {image: "real[2, 2]"}
    outputs: {label: int}
    trained: {w: "real[3, 4]", b: "real[3]"}
    steps:
      - linear(image, w, b) -> scores
      - argmax(scores) -> label
steps:
  - kind_of(left) -> a
  - kind_of(right) -> b
  - add(a, b) -> sum
pool:
  file: pictures.npz
  things: image
  labels: kind
  split: {train: 60, held_out: 30}
  draw: [left, right]
  expected: sum.s
  cases: {train: 120, held_out: 40}
aim: {accuracy: 0.95}
training: {epochs: 12, batch: 24, rate: 0.1}
"""
TOTAL = """
spec: total_of_kinds
kind: soft
description: The running total of the kinds of pictures, and its end.
inputs: {pictures: "real[n, 4]"}
outputs: {totals: "int[n]", total: int}
constants: {n: int}
parts:
  kind_in_row:
    description: The kind of a picture.
    inputs: {image: "real[2, 2]"}
    outputs: {label: int}
    trained: {w: "real[3, 4]", b: "real[3]"}
    steps:
      - linear(image, w, b) -> scores
      - argmax(scores) -> label
each: n
carried: {total: 0}
steps:
  - kind_in_row(pictures) -> a
  - add(a, total) -> total
  - mov(total) -> totals
pool:
  file: pictures.npz
  things: image
  labels: kind
  split: {train: 60, held_out: 30}
  draw: [pictures]
  expected: total.s
  cases: {train: 120, held_out: 40, longer: 10}
  rounds: {train: [1, 2], held_out: 2, longer: 9}
aim: {accuracy: 0.95}
training: {epochs: 10, batch: 24, rate: 0.1}
"""
TOTAL_REFERENCE = """
.skill reference
    .input pictures
    .output totals, total
    .constant n
    .scratch left, from, to, value, sum
        ld   left, n
        mov  from, pictures
        mov  to, totals
        movi sum, 0
@next:  jle  left, @done
        ld   value, from
        add  sum, value
        st   to, sum
        fadd from, pictures.stride
        fadd to, totals.stride
        addi left, -1
        jmp  @next
@done:  st   total, sum
.endskill
"""


def write_pictures(folder: Path) -> None:
    """pictures.npz, sum.yaml with sum.s, total.yaml with total.s."""
    random = np.random.default_rng(5)
    kinds = random.integers(0, 3, 90)
    images = KINDS[kinds] + 0.1 * random.normal(size=(90, 2, 2))
    np.savez(folder / "pictures.npz", image=images, kind=kinds)
    reference = (SPECS / "reference" / "sum_of_labels.s").read_text(encoding="utf-8")
    texts = {"sum.yaml": SUM, "sum.s": reference, "total.yaml": TOTAL, "total.s": TOTAL_REFERENCE}
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
