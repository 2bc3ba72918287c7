"""Any image comes back from its disassembly, bit for bit."""

import re

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ccc.assembler import assemble_text, disassemble, disassembled_lines
from ccc.isa import BY_MNEMONIC, DIALECTS, EXTENDED, Dialect, Fault
from ccc.machine import BLOCK_ORDER, Block, Image, Layout, ProgramInfo, Register, State, fresh_registers, word_range

REALS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([0.5, -1e300, 5e-324, 2.0**53, -(2.0**60), 1e16, 300.0, 70000.0, 2.0**31, -(2.0**31) - 1]),
)
NAMES = st.one_of(
    st.sampled_from(["a", "loop", "loop@x", "m.1@y", "_", "end", "in", "ADD", "subleq", "bad name", "9x", "@q", ""]),
    st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,6}", fullmatch=True),
)


def words(width: int) -> st.SearchStrategy[float]:
    low, high = word_range(width)
    return st.one_of(st.integers(-3, 40), st.integers(low, high)).map(float)


def instructions(size: int) -> st.SearchStrategy[list[float]]:
    operand = st.one_of(st.integers(-1, size), st.integers(-(2**31), 2**31 - 1), st.just(0)).map(float)
    opcode = st.sampled_from([-1.0, 0.0, 5.0, -999.0, *(float(row.opcode) for row in EXTENDED)])
    return st.tuples(opcode, operand, st.one_of(operand, REALS)).map(list)


@st.composite
def memories(draw: st.DrawFn, dialect: Dialect, width: int) -> list[float]:
    if dialect.modulo:
        return draw(st.lists(words(width), min_size=1, max_size=20)) + [0.0] * (1 << width)
    word = words(width)
    if not dialect.extended:
        return draw(st.lists(word, min_size=1, max_size=40))
    parts = st.one_of(
        instructions(60),
        st.lists(st.one_of(word, REALS), min_size=1, max_size=9),
        st.tuples(st.integers(1, 20), st.one_of(word, REALS)).map(lambda pair: [pair[1]] * pair[0]),
        st.text("abc XYZ\\\"\n#'", min_size=1, max_size=12).map(lambda text: [float(ord(ch)) for ch in text]),
    )
    return [cell for part in draw(st.lists(parts, min_size=1, max_size=12)) for cell in part]


@st.composite
def layouts(draw: st.DrawFn, size: int) -> Layout:
    names = list(BLOCK_ORDER)
    if draw(st.integers(0, 4)) == 0:  # one that the assembler would not make
        names = draw(st.permutations([*BLOCK_ORDER, "foreign"]))[: draw(st.integers(0, 6))]
    cuts = (
        sorted(draw(st.lists(st.integers(0, size), min_size=len(names) - 1, max_size=len(names) - 1))) if names else []
    )
    ends = [*cuts, size]
    starts = [0, *cuts]
    if not names:
        return Layout()
    return Layout(tuple(Block(n, a, b) for n, a, b in zip(names, starts, ends, strict=True) if b > a))


@st.composite
def images(draw: st.DrawFn) -> Image:
    dialect = draw(st.sampled_from([*DIALECTS.values(), DIALECTS["ccc"], DIALECTS["ccc"]]))
    width = 8 if dialect.modulo else draw(st.sampled_from([8, 16, 32]))
    cells = np.array(draw(memories(dialect, width)))[: 256 if dialect.modulo else None] + 0.0
    size = len(cells)
    registers = fresh_registers(size)
    address = st.integers(0, size)
    if draw(st.booleans()):
        low, sp, high = sorted(draw(st.tuples(address, address, address)))
        registers[[Register.STACK_LOW, Register.SP, Register.STACK_HIGH]] = low, sp, high
        registers[Register.FAULT] = draw(st.sampled_from(list(Fault)))
        registers[Register.PC] = draw(
            st.one_of(st.integers(-2, min(size, 127)), REALS if dialect.extended else st.just(5))
        )
        if dialect.extended:
            registers[[Register.WRITE_LOW, Register.WRITE_HIGH]] = sorted(draw(st.tuples(address, address)))
    symbols = draw(st.dictionaries(NAMES, st.one_of(address, st.integers(-(2**54), 2**54)), max_size=6))
    constants = draw(st.dictionaries(NAMES, st.integers(-(2**54), 2**54) | address, max_size=4))
    info = ProgramInfo(draw(layouts(size)), symbols, constants=constants)
    return Image(State(cells, registers + 0.0), dialect, width, info)


def expressible(image: Image) -> tuple[dict[str, int], dict[str, int]]:
    """The labels and the constants that the language can say; a label outside memory becomes a constant."""
    reserved = set(BY_MNEMONIC) if image.dialect.extended else {"subleq"}
    name = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z0-9_]+)*(@[A-Za-z_][A-Za-z0-9_]*)?")
    skills = image.info.layout.find("skills")
    said = skills is not None and image.dialect.extended and assembler_order(image)
    rows = range(skills.start, skills.end) if skills and said else range(0)
    labels: dict[str, int] = {}
    constants: dict[str, int] = {}
    for key, value in {**image.info.constants, **image.info.symbols}.items():
        free = key.lower() not in reserved or (key in image.info.symbols and value in rows)
        if name.fullmatch(key) and free and abs(value) <= 2**53:
            inside = key in image.info.symbols and 0 <= value <= image.size
            (labels if inside else constants)[key] = value
    return labels, constants


def assembler_order(image: Image) -> bool:
    names = [block.name for block in image.info.layout]
    return (
        names == [name for name in BLOCK_ORDER if name in names]
        and sum(b.size for b in image.info.layout) == image.size
    )


def test_a_label_named_like_an_instruction_in_a_foreign_layout() -> None:
    foreign = Layout((Block("foreign", 0, 3), Block("skills", 3, 9)))
    state = State(np.zeros(9), fresh_registers(9))
    image = Image(state, DIALECTS["ccc"], 8, ProgramInfo(foreign, {"end": 0, "in": 8}))
    again = assemble_text(disassemble(image))
    assert (again.checksum, again.info.symbols) == (image.checksum, {"end": 0})


def test_a_label_named_like_the_instruction_of_a_plain_dialect() -> None:
    """Its block of that name holds no rows of skills."""
    layout = Layout((Block("skills", 0, 1),))
    info = ProgramInfo(layout, {"subleq": 0, "one": 0})
    image = Image(State(np.zeros(1), fresh_registers(1)), DIALECTS["subleq"], 8, info)
    again = assemble_text(disassemble(image))
    assert (again.checksum, again.info.symbols) == (image.checksum, {"one": 0})


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(images())
def test_any_image_comes_back(image: Image) -> None:
    text = disassemble(image)
    again = assemble_text(text)
    assert again.checksum == image.checksum, text
    assert (again.info.symbols, again.info.constants) == expressible(image), text
    if assembler_order(image):
        assert again.info.layout == image.info.layout, text


@pytest.mark.parametrize("size", [1, 5, 3000])
def test_lines_cover_memory(size: int) -> None:
    random = np.random.default_rng(size)
    cells = np.where(random.random(size) < 0.3, random.normal(size=size), random.integers(-50, 50, size).astype(float))
    image = Image.bare(cells + 0.0, DIALECTS["ccc"])
    at = 0
    for line in disassembled_lines(image):
        assert line.address == at
        at += line.size
    assert at == size
    assert assemble_text(disassemble(image)).checksum == image.checksum


def test_a_bare_image_shows_its_reachable_instructions() -> None:
    image = Image.bare(np.array([9.0, 9, 6, 7, 8, 1, 0, 0, -1, 5]))
    text = disassemble(image)
    assert "subleq 9, 9, 6" in text
    assert "subleq 0, 0, -1" in text
    assert "subleq 7" in text


def test_full_modulo_memory_of_16_bits() -> None:
    cells = np.arange(65536.0) - 32768
    image = Image.bare(cells, DIALECTS["subleq-modulo"], 16)
    image.state.registers[Register.PC] = -1  # so that all of it is data
    assert assemble_text(disassemble(image)).checksum == image.checksum


def test_a_label_at_the_end_of_an_empty_stack() -> None:
    info = ProgramInfo(Layout((Block("data", 0, 1), Block("stack", 1, 3))), {"end": 3})
    image = Image(State(np.zeros(3), fresh_registers(3, stack=(1, 3))), DIALECTS["ccc"], 8, info)
    again = assemble_text(disassemble(image))
    assert again.info.symbols == {"end": 3}
    assert again.info.layout == info.layout
    assert again.checksum == image.checksum
