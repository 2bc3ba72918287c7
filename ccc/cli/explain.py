"""`ccc explain`: the program that a mixture stands for, what it rests on, and a run of it with values."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ccc.cli.link import read_values
from ccc.cli.options import folders_for, input_options, json_option, library_option, read_inputs
from ccc.cli.records import record_lines
from ccc.errors import UsageError
from ccc.machine import Image, read_image, to_json_number

if TYPE_CHECKING:
    from ccc.skills.library import Library, Skill
    from ccc.skills.model import Card
    from ccc.skills.watch import CallRecord, Watcher

_Target = tuple[list[str], Image, str | None, dict[str, "Card"]]
"""The skills to explain; an image that has them; what its run is a run of, or None where there is none; cards of skills
that are in no library.
"""


@click.command("explain")
@click.argument("target", metavar="SKILL|STATE.BIN|MIXTURE.YAML")
@click.argument("values", nargs=-1, metavar="[SLOT=VALUE]...")
@click.option("--calls", type=click.IntRange(min=0), default=40, show_default=True, help="Show so many calls of a run.")
@click.option(
    "--max-steps",
    type=click.IntRange(min=0),
    default=1_000_000,
    show_default=True,
    help="Stop the run after so many instructions.",
)
@input_options
@library_option
@json_option
def command(
    target: str,
    values: tuple[str, ...],
    calls: int,
    max_steps: int,
    numbers: str | None,
    file: str | None,
    folders: tuple[str, ...],
    as_json: bool,
) -> None:
    """Say what a skill, every skill of an image, or a mixture does.

    First the program, step by step: names of skills and data, weights where it is soft; of a learnt skill also its
    helpers, its parents, and how it was learnt. Then what rests on what, down
    to skills that call no other. Then a run on an example, with the values at each step: the first test, or the values
    given as SLOT=VALUE (1 or 1,2,3 or 1,2;3,4); of an image, its own program, with the input of --in or --input.

    Names of data read as where the call stands: `x` and `x[2]` are a slot or scratch of the caller and an element of
    it, `skill.x` is one of a skill further out, `x@812` static memory with its address.
    """
    from ccc.skills.library import Library
    from ccc.skills.watch import Watcher

    library = Library.default(folders_for(target, folders))
    roots, image, example, cards = _target(target, values, library)
    if _is_image(target):
        inputs = read_inputs(numbers, file)
    elif numbers is not None or file is not None:
        raise UsageError("--in and --input go with an image", "SLOT=VALUE gives data to a skill or a mixture")
    else:
        inputs = []
    watcher = Watcher(image, library, cards, inputs) if example is not None else None
    if watcher is not None:
        watcher.run(max_calls=calls, max_steps=max_steps)
    learnt = _learnt(target, roots, library)
    if as_json:
        click.echo(json.dumps(_to_json(image, roots, watcher, learnt)))
        return
    for line in _lines(image, roots, library, watcher, example or "", learnt):
        click.echo(line)


def _is_image(target: str) -> bool:
    path = Path(target)
    return path.suffix == ".bin" or (path.is_file() and path.suffix not in (".yaml", ".yml"))


def _target(target: str, values: Sequence[str], library: Library) -> _Target:
    """Raises UsageError, and what reading the target raises."""
    from ccc.skills.call import given_and_before
    from ccc.skills.costs import data_text
    from ccc.skills.mixture_read import read_mixture
    from ccc.skills.mixture_run import mixture_image

    path = Path(target)
    if _is_image(target):
        if values:
            raise UsageError("an image has data of its own; SLOT=VALUE goes with a skill or a mixture")
        image = read_image(target)
        if not image.info.skills:
            raise UsageError(f"{target} has no skills", "`ccc inspect` and `ccc disassemble` show what it has")
        return [skill.name for skill in image.info.skills], image, "the program of the image", {}
    given = read_values(values, None)
    if path.suffix in (".yaml", ".yml"):
        mixture = read_mixture(target, library)
        before: Mapping[str, Any] = {}
        if not given and mixture.examples:
            given, before = dict(mixture.examples[0].given), mixture.examples[0].before
        elif not given:
            return [mixture.name], mixture_image(mixture, library, _ones(mixture.card())), None, {}
        given, starts = given_and_before(mixture.card(), given)
        before = {**before, **starts}
        image = mixture_image(mixture, library, given, before=before)
        return [mixture.name], image, data_text({**before, **given}), {mixture.name: mixture.card()}
    return _skill(target, given, library)


def _learnt(target: str, roots: Sequence[str], library: Library) -> dict[str, Skill]:
    """The skill of a library that is explained, where it was learnt, and its helpers. Raises SkillError, FileError."""
    if _is_image(target) or Path(target).suffix in (".yaml", ".yml"):
        return {}
    found = {name: library.find(name) for name in roots}
    for skill in list(found.values()):
        helpers = skill.record.helpers if skill.record is not None else ()
        found |= {name: library.find(name) for name in reversed(helpers)}
    return {name: skill for name, skill in found.items() if skill.mixture is not None or skill.record is not None}


def _skill(name: str, given: dict[str, Any], library: Library) -> _Target:
    from ccc.skills.call import Call, fit, given_and_before
    from ccc.skills.costs import data_text
    from ccc.skills.model import sizes_of

    skill = library.find(name)
    card = skill.card
    before: dict[str, Any] = {}
    if given:
        values, before = fit(card, *given_and_before(card, given))
    elif card.examples:
        values, before = dict(card.examples[0].given), dict(card.examples[0].before)
    else:
        call = Call(skill, dict.fromkeys(card.dimensions, 1))
        return [name], call.image({}), None, {}
    call = Call(skill, sizes_of(card, values), width=card.width or 32)
    return [name], call.image(values, before), data_text({**before, **values}), {}


def _ones(card: Any) -> dict[str, Any]:
    """Data of one element for everything, where only the image is wanted."""
    import numpy as np

    return {slot.name: np.ones(slot.shape.sizes(dict.fromkeys(card.dimensions, 1))) for slot in card.given}


# What is shown


def _lines(
    image: Image,
    roots: Sequence[str],
    library: Library,
    watcher: Watcher | None,
    example: str,
    learnt: Mapping[str, Skill],
) -> Iterator[str]:
    from ccc.skills.explain import tree_lines

    tops = _tops(image, roots)
    for name in dict.fromkeys([*tops, *learnt, *_composed(image, tops)]):
        yield from _program(image, name, library, learnt.get(name))
        yield ""
    for skill in learnt.values():
        if skill.record is not None:
            yield f"{skill.name} was learnt"
            yield from (f"  {line}" for line in record_lines(skill.record))
            yield ""
    yield "rests on"
    for name in tops:
        yield from (f"  {line}" for line in tree_lines(image, name))
    for name, callers in _by_jacobians_only(image, tops).items():
        yield f"  {name}, called by Jacobian code only, of {', '.join(callers)}"
    if watcher is None:
        return
    yield ""
    yield f"a run: {example}"
    for record in watcher.calls:
        yield _call_line(record)
    yield from _end_lines(image, watcher)


def _end_lines(image: Image, watcher: Watcher) -> Iterator[str]:
    """How the run ended. Of one call also what it cost, counted as `ccc skills list` does."""
    if not watcher.state.stopped:
        yield f"  ... stopped looking after {len(watcher.calls)} calls, {watcher.steps:,} instructions"
    else:
        how = f"fault {watcher.state.fault_label}" if watcher.state.fault else "halted"
        outermost = [record for record in watcher.calls if not record.depth]
        of = ""
        if len(outermost) == 1 and outermost[0].returned:
            of = f", {outermost[0].instructions:,} from EXEC of {outermost[0].skill} to its return"
        yield f"  {how} after {watcher.steps:,} instructions{of}"
    if watcher.asked_after_end:
        times = "once" if watcher.asked_after_end == 1 else f"{watcher.asked_after_end:,} times"
        yield f"  asked for input {times} after its end, and got -1: --in or --input gives it more"
    if watcher.state.fault:
        from ccc.skills.mixture_state import open_terms

        yield from (f"  in {term}" for term in open_terms(image, watcher.state))


def _tops(image: Image, roots: Sequence[str]) -> list[str]:
    """The skills that no other calls, or that the program itself calls."""
    from ccc.skills.explain import calls_of, jacobian_calls_of, program_calls

    called = {other for name in roots for other in calls_of(image, name) if other != name}
    by_code = {other for name in roots for other in jacobian_calls_of(image, name) if other != name}
    by_code -= set(program_calls(image))
    return [name for name in roots if name not in called | by_code and name != "compose"] or list(roots)


def _by_jacobians_only(image: Image, tops: Sequence[str]) -> dict[str, list[str]]:
    """The skills that the forward code of these does not reach, with those whose Jacobian code calls them."""
    from ccc.skills.explain import calls_of, jacobian_calls_of

    reached, waiting = set(tops), list(tops)
    while waiting:
        more = [other for other in calls_of(image, waiting.pop()) if other not in reached]
        reached.update(more)
        waiting += more
    found: dict[str, list[str]] = {}
    for skill in image.info.skills:
        for other in jacobian_calls_of(image, skill.name):
            if other not in reached and other != skill.name:
                found.setdefault(other, []).append(skill.name)
    return found


def _composed(image: Image, tops: Sequence[str]) -> list[str]:
    """The mixtures among what the skills rest on."""
    from ccc.skills.explain import calls_of
    from ccc.skills.mixture_state import read_mixture_state

    found: list[str] = []
    waiting = list(tops)
    seen = set(tops)
    while waiting:
        name = waiting.pop(0)
        if read_mixture_state(image, name) is not None:
            found.append(name)
        for other in calls_of(image, name):
            if other not in seen:
                seen.add(other)
                waiting.append(other)
    return found


def _program(image: Image, name: str, library: Library, learnt: Skill | None) -> Iterator[str]:
    from ccc.skills.explain import as_mixture, calls_of
    from ccc.skills.mixture_state import read_mixture_state, skill_block
    from ccc.skills.mixture_tables import step_lines

    block = skill_block(image, name)
    inputs, outputs, constants, weights = (", ".join(names) for names in (block.slots if block else ((),) * 4))
    rest = "".join(f"; {part}" for part in (constants, weights) if part)
    yield f"{name}({inputs}{rest}) -> {outputs or 'nothing'}"
    if name in library and block and tuple(slot.name for slot in library.card(name).slots) == block.names:
        yield f"  {library.card(name).description}"
    mixture = read_mixture_state(image, name)
    if mixture is not None:
        yield from (f"  {line}" for line in step_lines(as_mixture(mixture, image)))
        return
    if learnt is not None and learnt.mixture is not None:
        yield from (f"  {line}" for line in step_lines(learnt.mixture))
        return
    called = calls_of(image, name)
    yield f"  code that calls {', '.join(called)}" if called else "  code that calls no other skill"


def _call_line(record: CallRecord) -> str:
    from ccc.skills.costs import number_text

    given = ", ".join(
        f"{value.slot}={_named(value.piece)}{number_text(value.before)}"
        for value in record.slots
        if value.role not in ("output", "unwritten")
    )
    made = ", ".join(
        f"{_named(value.piece) or value.slot + ': '}{number_text(value.after)}"
        for value in record.slots
        if value.role == "output"
    )
    step = f"{record.step}. " if record.step else ""
    weight = f"{record.weight:.3g} " if record.weight != 1 else ""
    end = f" -> {made}" if record.returned and made else "" if record.returned else " ..."
    return f"  {'  ' * record.depth}{step}{weight}{record.skill}({given}){end}"


def _named(piece: str) -> str:
    return f"{piece}: " if piece else ""


def _to_json(
    image: Image, roots: Sequence[str], watcher: Watcher | None, learnt: Mapping[str, Skill]
) -> dict[str, Any]:
    from ccc.skills.explain import as_mixture, calls_of, jacobian_calls_of
    from ccc.skills.mixture_state import read_mixture_state
    from ccc.skills.mixture_tables import step_lines

    skills = []
    waiting, seen = list(roots), set(roots)
    while waiting:
        name = waiting.pop(0)
        calls = calls_of(image, name)
        mixture = read_mixture_state(image, name)
        program = step_lines(as_mixture(mixture, image)) if mixture else None
        hard = mixture.tables.hard if mixture else None
        own = learnt.get(name)
        if own is not None and own.mixture is not None and mixture is None:
            program, hard = step_lines(own.mixture), own.mixture.hard
        by_jacobian = jacobian_calls_of(image, name)
        facts = {"calls": list(calls), "jacobian_calls": list(by_jacobian), "program": program, "hard": hard}
        record = own.record.as_json() if own is not None and own.record is not None else None
        skills.append({"name": name, **facts, "record": record})
        more = [other for other in dict.fromkeys([*calls, *by_jacobian]) if other not in seen]
        waiting += more
        seen.update(more)
    run = None
    if watcher is not None:
        run = {
            "instructions": watcher.steps,
            "ended": watcher.state.stopped,
            "asked_after_end": watcher.asked_after_end,
            "fault": watcher.state.fault_label if watcher.state.fault else None,
            "calls": [_record_json(record) for record in watcher.calls],
        }
    return {"skills": skills, "run": run}


def _record_json(record: CallRecord) -> dict[str, Any]:
    slots = [
        {
            "slot": value.slot,
            "role": value.role,
            "piece": value.piece,
            "before": [to_json_number(number) for number in value.before.tolist()],
            "after": [to_json_number(number) for number in value.after.tolist()],
        }
        for value in record.slots
    ]
    return {
        "skill": record.skill,
        "depth": record.depth,
        "step": record.step or None,
        "round": record.round or None,
        "weight": record.weight,
        "instructions": record.instructions if record.returned else None,
        "slots": slots,
    }
