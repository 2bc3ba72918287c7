"""The report of a curriculum as one page of HTML, which loads nothing from anywhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from ccc.learn.charts import Series, step_plot
from ccc.learn.summary import Story, Summary, near, parts_text, short

_STYLE = """
body { font: 15px/1.45 sans-serif; max-width: 62em; margin: 2em auto; padding: 0 1em; color: #222; }
table { border-collapse: collapse; margin: 0.6em 0 1.4em; }
th, td { text-align: left; padding: 0.15em 0.9em 0.15em 0; border-bottom: 1px solid #ddd; vertical-align: top; }
td.n, th.n { text-align: right; }
pre { margin: 0.2em 0; font-size: 13px; }
"""


def report_page(title: str, summary: Summary, flat: Summary | None = None) -> str:
    """The page. flat: of the same specs tried on generation 0 alone, to stand beside it."""
    learnt = f"{len(summary.learnt)} of {len(summary.stories)} learnt, {short(summary.candidates)} candidates, "
    body = [
        f"<h1>{escape(title)}</h1>",
        f"<p>{learnt}{summary.seconds:,.1f} s of search. {_forgetting(summary)}</p>",
        *_plots(summary, flat),
        "<h2>Generations</h2>",
        _generations(summary),
        "<h2>Learnt</h2>",
        _learnt(summary),
    ]
    if summary.unsolved:
        body += ["<h2>Not learnt</h2>", _unsolved(summary.unsolved)]
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style>'
    return "\n".join([f"<!DOCTYPE html><html lang=en><head>{head}</head><body>", *body, "</body></html>", ""])


def _forgetting(summary: Summary) -> str:
    if not summary.retested:
        return "No skill was tested again."
    changed = ", ".join(map(escape, summary.changed))
    ends = f"changed: <b>{changed}</b>" if changed else "none changed"
    return f"After the last generation {summary.retested} skills were tested again; {ends}."


def _plots(summary: Summary, flat: Summary | None) -> list[str]:
    others = [flat] if flat is not None and flat.stories else []
    labels = ("with the library", "generation 0 alone")
    each = [Series(label, one.curve()) for label, one in zip(labels, (summary, *others), strict=False)]
    whole = [Series(label, one.progress()) for label, one in zip(labels, (summary, *others), strict=False)]
    return [
        "<h2>Solved over candidates</h2>",
        step_plot(each, "Solved with at most so many candidates each", "candidates for a spec, all attempts", "specs"),
        step_plot(whole, "Solved in the course of the run", "candidates of the whole run", "specs"),
    ]


def _generations(summary: Summary) -> str:
    head = ("generation", "skills", "budget", "tried", "learnt", "candidates", "seconds", "tested again", "changed")
    rows = [
        (
            *(str(one.number), f"{one.parts}{', the base' if one.alone else ''}", f"{one.share:.3g}"),
            *(str(one.tried), str(len(one.solved))),
            *(short(one.candidates), f"{one.seconds:,.1f}", str(one.retested), ", ".join(one.changed) or "none"),
        )
        for one in summary.rounds
    ]
    return _table(head, rows, range(8))


def _learnt(summary: Summary) -> str:
    head = ("skill", "generation", "method", "candidates", "in all attempts", "seconds", "from", "program")
    rows = []
    for one in summary.rounds:
        for name in one.solved:
            story = summary.stories[name]
            last = story.last
            cost = (short(_count(story, "candidates")), short(story.candidates), f"{_count(story, 'seconds'):,.2f}")
            rows.append((name, str(one.number), str(last.get("method", "")), *cost, parts_text(last), _program(story)))
    return _table(head, rows, (1, 3, 4, 5), program=7)


def _unsolved(stories: Sequence[Story]) -> str:
    head = ("spec", "attempts", "candidates", "seconds", "how near", "the best")
    rows = [
        (
            *(story.name, str(story.attempts), short(story.candidates), f"{story.seconds:,.1f}"),
            *(near(story), _program(story)),
        )
        for story in stories
    ]
    return _table(head, rows, (1, 2, 3), program=5)


def _count(story: Story, key: str) -> float:
    value = story.last.get(key, 0)
    return float(value) if isinstance(value, int | float) else 0.0


def _program(story: Story) -> str:
    lines = story.last.get("program")
    return "\n".join(map(str, lines)) if isinstance(lines, list) else ""


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], right: Iterable[int], program: int = -1) -> str:
    numbers = set(right)

    def cell(tag: str, column: int, text: str) -> str:
        inner = f"<pre>{escape(text)}</pre>" if column == program and tag == "td" else escape(text)
        return f"<{tag}{' class=n' if column in numbers else ''}>{inner}</{tag}>"

    lines = ["".join(cell("th", column, text) for column, text in enumerate(head))]
    lines += ["".join(cell("td", column, text) for column, text in enumerate(row)) for row in rows]
    return "<table>" + "\n".join(f"<tr>{line}</tr>" for line in lines) + "</table>"
