"""`ccc weights`: the Transformer's weights, saved, described, or certified."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ccc.cli.options import json_option
from ccc.errors import ExitCode, UsageError
from ccc.isa import DIALECTS, find_dialect
from ccc.machine import WIDTHS

if TYPE_CHECKING:
    from ccc.neural import Certificate, Model, Part


@click.command("weights")
@click.option("-o", "--output", metavar="FILE", help="Save the weights as safetensors.")
@click.option("--describe", is_flag=True, help="Say of each layer, head and expert what it reads and writes.")
@click.option("--certify", is_flag=True, help="Say for which memories and number formats the weights are exact.")
@click.option("--isa", type=click.Choice(["full", "subleq"]), help="All instructions or SUBLEQ alone.  [default: full]")
@click.option("--dialect", type=click.Choice(list(DIALECTS)), help="A dialect of SUBLEQ, instead of --isa.")
@click.option("--width", type=click.Choice([str(width) for width in WIDTHS]), help="Word width.  [default: 32]")
@click.option(
    "--weights", "file", type=click.Path(path_type=Path), metavar="FILE", help="Take these instead of constructing."
)
@json_option
def command(
    output: str | None,
    describe: bool,
    certify: bool,
    isa: str | None,
    dialect: str | None,
    width: str | None,
    file: Path | None,
    as_json: bool,
) -> int:
    """Construct the weights, or read them from a file; save them, describe them, certify them.

    With --certify the exit code is 5 unless a step is exact in float64 for some memory.
    """
    from ccc.neural import construct, read_weights, write_weights
    from ccc.neural import describe as describe_model

    if isa and dialect:
        raise UsageError("--isa and --dialect exclude each other")
    if file and (isa or dialect or width):
        raise UsageError("--weights brings its own dialect and word width; leave --isa, --dialect and --width out")
    name = dialect or ("subleq" if isa == "subleq" else "ccc")
    model = read_weights(file) if file else construct(find_dialect(name), int(width or 32))
    if output is not None:
        write_weights(output, model)
    certificates = _certificates(model) if certify else []
    parts = describe_model(model)
    if as_json:
        click.echo(json.dumps(_to_json(model, parts, certificates, names=describe)))
        return _exit_code(certificates)
    if describe:
        _print_parts(parts)
    if certify:
        _print_certificates(certificates)
    click.echo(_summary(model, parts) + (f"\nsaved to {output}" if output else ""))
    return _exit_code(certificates)


def _certificates(model: Model) -> list[Certificate]:
    from ccc.cli.render import waiting
    from ccc.neural import DTYPES
    from ccc.neural import certify as certify_model

    with waiting("proving every case of one step"):
        return [certify_model(model, dtype) for dtype in DTYPES]


def _exit_code(certificates: list[Certificate]) -> ExitCode:
    return ExitCode.OK if not certificates or certificates[0].exact else ExitCode.WEIGHTS


def _print_certificates(certificates: list[Certificate]) -> None:
    from ccc.cli.render import print_table

    print_table(
        ("format", "exact", "cells", "set by", "its heads tell apart", "where not exact, the first reason"),
        (_certificate_row(certificate) for certificate in certificates),
        right=(2, 4),
    )
    first = certificates[0]
    low, high = first.integers
    lines = [f"integers {low:,} to {high:,}" + (", reals: every finite number of the format" if first.reals else "")]
    for rounding in first.roundings:
        pairs = f"{rounding.count} rounding constants" if rounding.count > 1 else "1 rounding constant"
        lines.append(f"{pairs} for multiples of 2**{rounding.exponent}, where |x| < 2**{51 + rounding.exponent}")
    lines += [f"float64: {failure.part}: {failure.reason}" for failure in first.failures]
    click.echo("\n".join([*lines, f"{first.sums:,} sums looked at", ""]))


def _certificate_row(certificate: Certificate) -> tuple[str, ...]:
    apart = min((head.cells for head in certificate.heads), default=0)
    reason = ""
    if certificate.failures:
        first, more = certificate.failures[0], len(certificate.failures) - 1
        reason = f"{first.part}: {first.reason}" + (f" (and {more:,} more)" if more else "")
    cells = f"{certificate.memory:,}" if certificate.exact else "none"
    exact = "yes" if certificate.exact else "no"
    return certificate.dtype, exact, cells, certificate.limited_by, f"{apart:,}", reason


def _counts(parts: list[Part]) -> dict[str, int]:
    attention = [part for part in parts if part.kind == "attention"]
    experts = [part for part in parts if part.kind == "experts"]
    return {
        "sublayers": len(parts),
        "depth": len(parts) + sum(max(len(expert.parts) for expert in part.parts) - 1 for part in experts),
        "attention": len(attention),
        "heads": sum(len(part.parts) for part in attention),
        "feed_forward": sum(part.kind == "feed-forward" for part in parts),
        "mixtures": len(experts),
        "experts": max((len(part.parts) for part in experts), default=0),
        "nonzero_weights": sum(part.nonzero for part in parts),
    }


def _summary(model: Model, parts: list[Part]) -> str:
    counts = _counts(parts)
    mixtures = f", {counts['mixtures']} mixtures of {counts['experts']} experts" if counts["mixtures"] else ""
    return (
        f"dialect {model.dialect.name}, {model.word} bits: {counts['sublayers']} sublayers, depth {counts['depth']} "
        f"({counts['attention']} attention with {counts['heads']} heads, "
        f"{counts['feed_forward']} feed-forward{mixtures}), "
        f"{model.width} directions wide, {counts['nonzero_weights']:,} non-zero weights\nchecksum {model.checksum}"
    )


def _to_json(model: Model, parts: list[Part], certificates: list[Certificate], *, names: bool) -> dict[str, Any]:
    result: dict[str, Any] = {
        "dialect": model.dialect.name,
        "width": model.word,
        "directions": model.width,
        **_counts(parts),
        "checksum": model.checksum,
    }
    if certificates:
        result["certificates"] = [asdict(certificate) for certificate in certificates]
    if names:
        from ccc.neural import named_weights

        result["layers"] = [asdict(part) for part in parts]
        result["weights"] = {weight.name: weight.value for weight in named_weights(model)}
    return result


def _print_parts(parts: list[Part]) -> None:
    from ccc.cli.render import print_table

    rows = [row for number, part in enumerate(parts, 1) for row in _rows(part, str(number), 0)]
    columns = ("", "part", "kind", "units", "non-zero", "reads", "writes")
    print_table(columns, rows, right=(3, 4))


def _rows(part: Part, number: str, depth: int) -> Iterator[tuple[str, ...]]:
    whole = bool(part.parts) and part.kind != "expert"
    reads, writes = ("", "") if whole else (" ".join(part.reads), " ".join(part.writes))
    name = "  " * depth + part.name
    yield (number, name, part.kind, str(part.units or ""), str(part.nonzero), reads, writes)
    if part.kind != "expert":
        for inner in part.parts:
            if inner.nonzero and (inner.parts or inner.kind != "expert"):
                yield from _rows(inner, "", depth + 1)
