"""`ccc weights --certify`, and how `ccc run` holds an image to what the weights are exact for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ccc.isa import DIALECTS
from ccc.machine import Image, write_image
from ccc.neural import construct, perturb, write_weights
from tests.cli.conftest import Ccc


def save_image(size: int) -> None:
    """An image of one instruction that halts, and zeros."""
    cells = np.zeros(size)
    cells[2] = -1.0
    write_image("state.bin", Image.bare(cells, DIALECTS["subleq"]))


def sharpness(factor: float) -> None:
    """Saves weights whose first head has another inverse temperature, by that factor."""
    model = construct(DIALECTS["subleq"], 32)
    for name in ("query0[pc]", "query1[cpu]", "query2[cell]", "query2[in_port]", "query2[out_port]"):
        old = perturb(model, f"fetch.a.{name}", 0.0)[1]
        model, _ = perturb(model, f"fetch.a.{name}", old * factor)
    write_weights("w.safetensors", replace(model, perturbed=False))


def test_the_certificate_as_a_table(ccc: Ccc) -> None:
    done = ccc("weights", "--certify", "--isa", "subleq", "--width", "8")
    assert (done.code, done.err) == (0, "")
    rows = [line.split() for line in done.out.splitlines()]
    assert ["float64", "yes", "67,108,865", "write.write", "67,108,865"] in rows
    assert any(row[:3] == ["float16", "no", "none"] for row in rows)
    assert "integers -128 to 127" in done.out


def test_the_certificate_as_json(ccc: Ccc) -> None:
    found = ccc("weights", "--certify", "--dialect", "subleq-silent", "--json").json
    first = found["certificates"][0]
    assert [entry["dtype"] for entry in found["certificates"]] == ["float64", "float32", "float16", "bfloat16"]
    assert (first["exact"], first["memory"], first["failures"]) == (True, 2**26 + 1, [])
    assert {head["site"] for head in first["heads"]} >= {"fetch.a", "read.source", "write.write"}
    assert all(entry["failures"][0]["part"] for entry in found["certificates"][2:])
    assert "certificates" not in ccc("weights", "--isa", "subleq", "--json").json


def test_weights_that_are_exact_nowhere_give_their_reason_and_code_5(ccc: Ccc) -> None:
    sharpness(0.5)
    done = ccc("weights", "--certify", "--weights", "w.safetensors")
    assert done.code == 5
    assert "float64: fetch.a: its keys are too near each other" in done.out


def test_an_image_larger_than_the_weights_allow_is_refused(ccc: Ccc) -> None:
    sharpness(1 + 2.0**-30)
    save_image(1000)
    assert ccc("run", "--neural", "--weights", "w.safetensors").code == 0
    save_image(5000)
    done = ccc("run", "--neural", "--weights", "w.safetensors")
    assert (done.code, done.out) == (5, "")
    assert "the head fetch.a" in done.err
    assert "the image has 5,000" in done.err
    assert "hint: `ccc weights --certify`" in done.err
    assert ccc("run", "--neural").code == 0, "the constructed weights reach further"
    perturbed = ccc("run", "--neural", "--perturb", f"fetch.a.query0[pc]={2048 * (1 + 2.0**-30)}", "--max-steps", "3")
    assert perturbed.code != 5
