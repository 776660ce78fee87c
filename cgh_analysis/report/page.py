"""The page: one self-contained HTML file, figures and styles inside of it."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from cgh_analysis.report.limits import limits
from cgh_analysis.report.methods import methods
from cgh_analysis.report.quality import Quality, table_rows
from cgh_analysis.report.references import REFERENCES
from cgh_analysis.report.sections import Section
from cgh_analysis.report.summary import summary
from cgh_analysis.results import Result
from cgh_analysis.study import Study


@dataclass(frozen=True, slots=True, kw_only=True)
class FigurePart:
    """A figure as it stands in the page."""

    file: str
    svg: bytes
    caption: str
    width: float

    @property
    def share(self) -> float:
        """How much of the text's width it takes, so that its letters have one size in every figure of the page."""
        return round(min(1.0, self.width), 2)

    @property
    def uri(self) -> str:
        """The picture as a data URI: as an image, its ids cannot clash with another figure's."""
        return "data:image/svg+xml;base64," + base64.b64encode(self.svg).decode("ascii")


@dataclass(frozen=True, slots=True, kw_only=True)
class TablePart:
    """A table as it stands in the page."""

    file: str
    html: str
    title: str
    folded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionPart:
    """A section with what it has to show."""

    section: Section
    intro: str
    warnings: list[str]
    figures: list[FigurePart]
    tables: list[TablePart]


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What the report says of its own making: the run's key and everything that decided it."""

    key: str
    made_of: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Everything that the template reads."""

    study: Study
    released: Result
    quality: Quality
    sections: list[SectionPart]
    provenance: Provenance | None


def write_page(page: Page, path: Path) -> Path:
    """Render the page and write it."""
    loader = PackageLoader("cgh_analysis.report")
    environment = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["style"] = lambda name: Markup(loader.get_source(environment, name)[0])
    text = environment.get_template("report.html.j2").render(**_context(page))
    path.write_text(text + "\n", encoding="utf-8")
    return path


def _context(page: Page) -> dict[str, Any]:
    paragraphs = methods(page.study)
    cited = list(dict.fromkeys(key for p in paragraphs for key in p.cites))
    return {
        "study": page.study,
        "sections": page.sections,
        "summary": summary(page.released, page.study),
        "markup": Markup,
        "methods": paragraphs,
        "numbers": {key: i + 1 for i, key in enumerate(cited)},
        "references": [REFERENCES[key] for key in cited],
        "limits": limits(page.study),
        "quality": table_rows(page.quality, page.study.disclosure),
        "provenance": page.provenance,
    }
