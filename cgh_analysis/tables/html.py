"""A table as HTML: caption, header with scopes, a body for each head row; no colours, no sizes."""

from __future__ import annotations

from html import escape

from cgh_analysis.tables.layout import Layout, Row


def html(table: Layout) -> str:
    """Return a table in a container that scrolls by itself, with the notes below it, outside of what scrolls."""
    notes = "".join(f"<p>{escape(note)}</p>" for note in table.notes)
    return (
        f'<div class="cgh-table"><div class="scroll" role="region" tabindex="0" aria-label="{escape(table.title)}">'
        f"<table><caption><span>{escape(table.title)}</span></caption>"
        f"<thead>{_header(table)}</thead>{_body(table)}</table></div>"
        + (f'<div class="notes">{notes}</div>' if notes else "")
        + "</div>"
    )


def _header(table: Layout) -> str:
    if not table.spans:
        return f"<tr>{''.join(_column(c) for c in table.columns)}</tr>"
    upper, lower, at = "", "", 0
    for text, width in table.spans:
        own = table.columns[at : at + width]
        if text:
            upper += f'<th scope="colgroup" colspan="{width}" class="span">{escape(text)}</th>'
            lower += "".join(_column(c) for c in own)
        else:
            upper += "".join(_column(c, rowspan=2) for c in own)
        at += width
    return f"<tr>{upper}</tr><tr>{lower}</tr>"


def _column(text: str, rowspan: int = 1) -> str:
    over = f' rowspan="{rowspan}"' if rowspan > 1 else ""
    return f'<th scope="col"{over}>{_unbroken(escape(text))}</th>'


def _unbroken(text: str) -> str:
    """Keep 'n = 120', '95% CI' and '/ n' each on one line, however narrow the column."""
    for whole in (" = ", "% CI", " / n"):
        text = text.replace(whole, whole.replace(" ", "&nbsp;"))
    return text


def _body(table: Layout) -> str:
    """A new tbody at each head row, so that the head is the heading of its group of rows."""
    groups: list[list[Row]] = [[]]
    for row in table.body:
        if row.kind == "head":
            groups.append([])
        groups[-1].append(row)
    width = len(table.columns)
    return "".join(f"<tbody>{''.join(_row(r, width) for r in rows)}</tbody>" for rows in groups if rows)


def _row(row: Row, width: int) -> str:
    name, *cells = row.cells
    if row.kind == "head":
        return f'<tr class="head"><th scope="rowgroup" colspan="{width}"><span>{escape(name)}</span></th></tr>'
    numbers = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
    return f'<tr class="{row.kind}"><th scope="row">{escape(name)}</th>{numbers}</tr>'
