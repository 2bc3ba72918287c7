"""The stream of output: which form is chosen, and that the choice does not depend on how the values arrive."""

from __future__ import annotations

import signal

import pytest

from ccc.cli.output import UNDECIDED_AT_MOST, Output, stop_on_interrupt
from ccc.errors import UsageError

Capture = pytest.CaptureFixture[bytes]


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (b"a text\n", b"a text\n"),
        ("h\u00e9 \u20ac \U0001f600\n".encode(), "h\u00e9 \u20ac \U0001f600\n".encode()),
        ("\u20ac".encode()[:2], b"226\n130\n"),
        ([72.0, 0.5], b"72\n0.5\n"),
        ([72.0, 27.0], b"72\n27\n"),
        ([72.0, -1.0, 72.0], b"72\n-1\n72\n"),
        ([], b""),
    ],
)
def test_the_form_does_not_depend_on_the_pieces(
    capsysbinary: Capture, values: bytes | list[float], size: int, expected: bytes
) -> None:
    numbers = [float(value) for value in values]
    output = Output(None)
    for start in range(0, len(numbers), size):
        output.add(numbers[start : start + size])
    output.finish()
    assert capsysbinary.readouterr().out == expected


def test_text_is_held_back_up_to_a_limit(capsysbinary: Capture) -> None:
    output = Output(None)
    output.add([65.0] * (UNDECIDED_AT_MOST - 1))
    assert capsysbinary.readouterr().out == b""
    output.add([66.0, 1.0])
    assert capsysbinary.readouterr().out == b"A" * (UNDECIDED_AT_MOST - 1) + b"B\1"
    output.add([67.0])
    assert capsysbinary.readouterr().out == b"C"
    with pytest.raises(UsageError):
        output.add([0.5])


def test_numbers_are_shown_at_once(capsysbinary: Capture) -> None:
    output = Output(None)
    output.add([7.0])
    assert capsysbinary.readouterr().out == b"7\n"
    output.add([65.0])
    assert capsysbinary.readouterr().out == b"65\n"
    output.finish()
    assert capsysbinary.readouterr().out == b""


@pytest.mark.parametrize(("form", "expected"), [("bytes", b"A\xff"), ("numbers", b"65\n-1\n")])
def test_a_chosen_form_is_shown_at_once(capsysbinary: Capture, form: str, expected: bytes) -> None:
    output = Output(form)
    output.add([65.0, -1.0])
    assert capsysbinary.readouterr().out == expected


def test_the_first_ctrl_c_asks_and_the_second_kills() -> None:
    before = signal.getsignal(signal.SIGINT)
    with stop_on_interrupt() as stop:
        assert not stop.requested
        signal.raise_signal(signal.SIGINT)
        assert stop.requested
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before
