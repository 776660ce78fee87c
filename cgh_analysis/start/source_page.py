"""One source of the draft, as lines of the study file."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import Final

from cgh_analysis.start import toml
from cgh_analysis.start.match import Match
from cgh_analysis.start.opened import DEFAULTS
from cgh_analysis.start.tables import MOST_NEW, SourceDraft, WideDraft

NEEDED: Final = ("patient_id", "arm")
MOST_LEFT_OUT: Final = 60  # more than these are not named one by one
WIDTH: Final = 108
ITSELF: Final = "Called what the toolkit calls it, so that no line is needed:"
DECLARE: Final = "map what is needed, or declare it under [[covariates]] or [[outcomes]]"
NO_TIME: Final = "the names of the columns do not say when: is it all from the baseline?"


def source_lines(table: str, draft: SourceDraft) -> list[str]:
    """Return the blocks of one source: where it is, what is left out, which column is what, and at which visit."""
    return [
        f"[sources.{table}]",
        *_where(draft),
        *_missing(draft),
        *_dates(table, draft),
        *_ignored(draft),
        *_columns(table, draft),
        *_visit(table, draft),
        *_wide(table, draft.wide),
    ]


def _where(draft: SourceDraft) -> list[str]:
    source = draft.source
    found_out = {name: getattr(source, name) for name in DEFAULTS if getattr(source, name) != DEFAULTS[name]}
    lines = [toml.line("path", toml.text(source.path))]
    lines += [toml.line(n, toml.text(v)) for n, v in (("sheet", source.sheet), ("dictionary", source.dictionary)) if v]
    lines += [toml.line(name, toml.text(value), "found out from the file") for name, value in found_out.items()]
    lines += [toml.line(n, toml.text(getattr(source, n)), f"TODO: {why}") for n, why in draft.asked.items()]
    if draft.codebook is not None:
        book = draft.codebook.model_dump()
        lines.append(toml.line("codebook", toml.inline({k: toml.text(v) for k, v in book.items()})))
    if source.spread is not None:
        how = {"names": toml.text(source.spread.names), "values": toml.text(source.spread.values)}
        lines.append(
            toml.line("spread", toml.inline({**how, "by": toml.array(source.spread.by)}), "one value a record")
        )
    if draft.where:
        lines.append(
            toml.line(
                "where",
                toml.inline({name: toml.text(str(v)) for name, v in draft.where.items()}),
                "records of other instruments are no rows here",
            )
        )
    if draft.repeated:
        lines.append(toml.line("repeated", "true", "a patient has several records, which agree or are blank"))
    return lines


def _missing(draft: SourceDraft) -> list[str]:
    if not draft.missing:
        return []
    places = [f"{toml.text(code)} in {_listed(names)}" for code, names in draft.missing.items()]
    todo = f"TODO: do these mean that nothing is known ({'; '.join(places)})? Then take the '#' away below."
    return [*toml.said(todo), f"# {toml.line('missing', toml.array(draft.missing))}"]


def _dates(table: str, draft: SourceDraft) -> list[str]:
    if not draft.dates or draft.shared:
        return []
    how = 'columns.day = { column = "...", date = "dmy" }' if table == "visits" else "baseline_date"
    return toml.said(
        f"Calendar dates stand in {_listed(draft.dates)}. They are left out; days since baseline can be made of them, "
        f'with {how} and their order, "ymd", "dmy" or "mdy".'
    )


def _ignored(draft: SourceDraft) -> list[str]:
    """What is left out: everything of people, what the names do not decide, and what is not known."""
    asked = [name for name in (*(m.column for m in _asked(draft)), *draft.elsewhere) if name in draft.rest]
    if draft.shared:
        itself = [m.column for m in _asked(draft) if m.by_itself]
        lines = [toml.line("ignore_rest", "true", "what neither source takes is listed above")]
        return [*([toml.line("ignore", toml.array(itself), "asked about below")] if itself else []), *lines]
    unknown = [name for name in draft.rest if name not in asked]
    groups = [(f"could identify people ({why}): dropped unread", names) for why, names in _by_reason(draft.people)]
    groups += [("asked about below; what is mapped comes in all the same", list(dict.fromkeys(asked)))]
    many = len(unknown) > MOST_LEFT_OUT
    groups += [] if many else [(f"not recognised: {DECLARE}", unknown)]
    body = [text for why, names in groups if names for text in [f"  # {why}", *toml.items(names)]]
    lines = ["ignore = [", *body, "]"] if body else []
    if many:
        lines.append(toml.line("ignore_rest", "true"))
        lines += toml.said(f"TODO: {len(unknown)} columns were not recognised: is one of them needed? Then {DECLARE}.")
    return lines


def _asked(draft: SourceDraft) -> list[Match]:
    return [m for m in (*draft.columns, *(m for wide in draft.wide for m in wide.columns)) if not m.sure]


def _by_reason(people: dict[str, str]) -> list[tuple[str, list[str]]]:
    reasons: dict[str, list[str]] = {}
    for name, why in people.items():
        reasons.setdefault(why, []).append(name)
    return list(reasons.items())


def _columns(table: str, draft: SourceDraft) -> list[str]:
    ids = [m for m in draft.columns if m.target == "patient_id"]
    others = [m for m in draft.columns if m.target != "patient_id"]
    named = [m for m in draft.columns if m.sure and m.by_itself and not m.codes]
    lines = [] if ids[0] in named else [_id(ids)]
    lines += _matches([m for m in others if m not in named], set())
    lines += _offered({name: column for name, column in draft.offered.items() if name != column})
    itself = toml.said(f"{ITSELF} {', '.join(m.target for m in named)}.") if named else []
    return ["", *itself, f"[sources.{table}.columns]", *lines] if lines else ["", *itself] if itself else []


def _id(ids: list[Match]) -> str:
    if len(ids) > 1:
        both = toml.inline({"column": toml.array(m.column for m in ids)})
        return toml.line("patient_id", both, ids[0].why)
    return toml.line("patient_id", toml.text(ids[0].column), ids[0].why or f"TODO: {ids[0].todo}")


def _matches(matches: Iterable[Match], told: set[str]) -> list[str]:
    """A line for each match; what is not sure is commented. Of each canonical column the reason is told once."""
    lines = []
    for m in matches:
        value = toml.text(m.column)
        more = {
            **({"codes": toml.texts(m.codes)} if m.codes else {}),
            **({"unit": toml.text(m.unit)} if m.unit else {}),
        }
        value = toml.inline({"column": value, **more}) if more else value
        todo = f"TODO: {_subject(m)}: {m.todo}" if m.target not in told else ""
        if m.sure:
            lines.append(toml.line(m.target, value, m.why if m.target not in told else ""))
        elif m.target in NEEDED:
            lines.append(toml.line(m.target, value, todo))
        else:
            lines += [*(toml.said(todo) if todo else []), f"# {toml.line(m.target, value)}"]
        told.add(m.target)
    return lines


def _subject(match: Match) -> str:
    """What a question is about: the canonical column, and the file's where it has another name."""
    told = match.column in (match.target, toml.TODO) or match.column in match.todo
    return match.target if told else f"{match.target} ({match.column})"


def _offered(offered: dict[str, str]) -> list[str]:
    """Lines for the first of the study's own outcomes, commented as their declarations are."""
    return [f"# {toml.line(name, toml.text(column))}" for name, column in list(offered.items())[:MOST_NEW]]


def _visit(table: str, draft: SourceDraft) -> list[str]:
    visit = draft.visit
    if visit is None or (visit.column == "visit" and not visit.codes and not visit.todo):
        return []
    why = f"TODO: {visit.todo}" if visit.todo else "by its name and values"
    column = toml.line("column", toml.text(visit.column), why)
    codes = [toml.line("codes", toml.texts(visit.codes))] if visit.codes else []
    if len(codes) and len(codes[0]) > WIDTH:
        codes = [f"codes.{toml.text(code)} = {toml.text(meaning)}" for code, meaning in visit.codes.items()]
    untold = "Values that fewer than 3 records have are not told here; `cgh check` counts them."
    return ["", f"[sources.{table}.visit_from]", column, *codes, *(toml.said(untold) if visit.untold else [])]


def _wide(table: str, visits: Iterable[WideDraft]) -> list[str]:
    """A block for each visit; of each measure the first one says why it is taken, or asks."""
    lines: list[str] = []
    told: set[str] = set()
    for wide in visits:
        visit = toml.line("visit", toml.text(wide.visit), f"TODO: {NO_TIME}" if wide.timeless else "")
        lines += ["", f"[[sources.{table}.wide]]", visit, f"[sources.{table}.wide.columns]"]
        lines += [*_matches(wide.columns, told), *_offered(wide.offered)]
    return lines


def _listed(names: list[str]) -> str:
    return textwrap.shorten(", ".join(names), WIDTH, placeholder=" and more")
