"""Recordings in blocks compute what they compute row by row."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ccc.learn.gradient.blocks import PAIRS, SINGLES, SUMS, Blocks, Row, Source

_SIZES = (3, 1, 2)


@st.composite
def recordings(draw: st.DrawFn) -> tuple[list[Row], list[list[Source]]]:
    """Rows that rest on earlier values and constants, and which values are looked at."""
    rows: list[Row] = []
    count = sum(_SIZES)
    for _ in range(draw(st.integers(0, 14))):
        name = draw(st.sampled_from([*PAIRS, *SINGLES, *SUMS, "fadd", "fadd", "fmul"]))
        source = st.one_of(st.integers(0, count - 1), st.sampled_from([0.0, 1.0, -0.5]))
        rows.append(Row(name, tuple(draw(source) for _ in range(1 if name in SINGLES else 2))))
        count += 1
    source = st.one_of(st.integers(0, count - 1), st.just(2.0))
    return rows, [draw(st.lists(source, max_size=4)) for _ in range(2)]


def one_by_one(rows: list[Row], given: list[torch.Tensor]) -> list[torch.Tensor]:
    """All values, each of shape [lanes]."""
    lanes = max(part.shape[1] for part in given)
    known = [row.expand(lanes) for part in given for row in part]
    for row in rows:
        values = [known[one] if isinstance(one, int) else torch.full((lanes,), one).double() for one in row.sources]
        if row.mnemonic in SUMS:
            known.append(values[0] + values[1])
        else:
            known.append(PAIRS[row.mnemonic](*values) if row.mnemonic in PAIRS else SINGLES[row.mnemonic](*values))
    return known


@given(recordings(), st.integers(0, 1000))
@settings(max_examples=150, deadline=None)
def test_blocks_are_the_rows(recording: tuple[list[Row], list[list[Source]]], seed: int) -> None:
    """Values and derivatives, where some of what is given is the same in all lanes."""
    rows, results = recording
    generator = torch.Generator().manual_seed(seed)
    lanes = (4, 1, 4)
    parts = [torch.randn(size, count, generator=generator).double() for size, count in zip(_SIZES, lanes, strict=True)]
    leaves = [[part.clone().requires_grad_() for part in parts] for _ in range(2)]
    found = Blocks(_SIZES, rows, results)(leaves[0])
    known = one_by_one(rows, leaves[1])
    total = [torch.zeros((), dtype=torch.float64, requires_grad=True) * 1 for _ in range(2)]
    for cells, values in zip(results, found, strict=True):
        wanted = [known[one] if isinstance(one, int) else torch.full((4,), one).double() for one in cells]
        assert values.shape == (len(cells), 4)
        for k, value in enumerate(wanted):
            assert torch.allclose(values[k], value, rtol=1e-12, atol=1e-12)
            total[0] = total[0] + (k + 1) * values[k].sum()
            total[1] = total[1] + (k + 1) * value.sum()
    for one in total:
        one.backward()  # type: ignore[no-untyped-call]
    for left, right in zip(*leaves, strict=True):
        grads = [torch.zeros_like(leaf) if leaf.grad is None else leaf.grad for leaf in (left, right)]
        assert torch.allclose(*grads, rtol=1e-10, atol=1e-10)


def test_a_product_of_a_matrix_is_two_operations() -> None:
    """However long the sums are."""
    rows: list[Row] = []
    results: list[Source] = []
    for row in range(3):
        total: Source = 0.0
        for column in range(20):
            rows.append(Row("fmul", (row * 20 + column, 60 + column)))
            rows.append(Row("fadd", (total, 80 + len(rows) - 1)))
            total = 80 + len(rows) - 1
        results.append(total)
    blocks = Blocks([60, 20], rows, [results])
    assert len(blocks) == 2
    matrix, vector = torch.randn(3, 20).double(), torch.randn(20, 5).double()
    assert torch.allclose(blocks([matrix.reshape(60, 1), vector])[0], matrix @ vector)


@given(st.integers(1, 3), st.integers(1, 3), st.integers(2, 4), st.booleans(), st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_sums_of_products(left: int, right: int, terms: int, regular: bool, seed: int) -> None:
    """A matrix times another, or what is none as factors are drawn."""
    random = np.random.default_rng(seed)
    parts = [
        torch.from_numpy(random.normal(size=(left * terms, 1))),
        torch.from_numpy(random.normal(size=(right * terms, 4))),
    ]
    first = left * terms + right * terms
    rows: list[Row] = []
    results: list[Source] = []
    wanted = []
    known = [row.expand(4) for part in parts for row in part]
    for i in range(left):
        for j in range(right):
            a = [i * terms + t for t in range(terms)] if regular else random.integers(0, first, terms).tolist()
            b = [left * terms + j * terms + t for t in range(terms)]
            total: Source = 0.0
            for one, other in zip(a, b, strict=True):
                rows += [Row("fmul", (one, other)), Row("fadd", (total, first + len(rows)))]
                total = first + len(rows) - 1
            results.append(total)
            wanted.append(sum(known[one] * known[other] for one, other in zip(a, b, strict=True)))
    blocks = Blocks([left * terms, right * terms], rows, [results])
    found = blocks(parts)[0]
    assert torch.allclose(found, torch.stack(wanted), rtol=1e-12, atol=1e-12)  # type: ignore[arg-type]
    if regular:
        assert len(blocks) == 2
