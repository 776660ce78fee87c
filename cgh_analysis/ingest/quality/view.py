"""What checks look at: accepted rows as arrays, made once for all of them and without a text per row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cgh_analysis.ingest.drafts.draft import Draft
from cgh_analysis.ingest.findings import Finding
from cgh_analysis.ingest.mapping import Mapped, Table
from cgh_analysis.ingest.quality.sites import Against, Sites, compare, group
from cgh_analysis.ingest.sheet import Sheet
from cgh_analysis.study import Study

NOBODY = -1


@dataclass(frozen=True)
class View:
    """The drafts of every table when reading has ended, the sheets behind them, and what was found in each."""

    study: Study
    drafts: dict[Table, Draft]
    sheets: dict[Table, Sheet]
    told: dict[Table, list[Finding]]
    _compared: dict[tuple[Table, str], list[Against]] = field(default_factory=dict, init=False, repr=False)

    def usable(self, table: Table) -> bool:
        """Whether a table has rows to look at."""
        return table in self.drafts and self.drafts[table].usable

    def rows(self, table: Table) -> np.ndarray:
        """Return the places of a table's accepted rows in its frame; of the cases one row a patient."""
        if table == "visits":
            return self._visit_rows
        return self.people if table == "cases" else np.flatnonzero(self.drafts[table].kept)

    def file(self, table: Table) -> str:
        """Return what findings call the table's file."""
        return self.drafts[table].source.path

    def rows_in_file(self, table: Table, rows: np.ndarray) -> np.ndarray:
        """Return rows of a frame as a person counts them in the file."""
        return self.drafts[table].in_file(rows)

    def patients(self, table: Table) -> np.ndarray:
        """Return a number for the patient of each record of the file."""
        return _patient(self.drafts[table]).cells.codes

    def numbers(self, table: Table) -> dict[str, np.ndarray]:
        """Return the columns of numbers, refused rows and all."""
        frame = self.drafts[table].frame
        return {str(c): frame[c].to_numpy() for c in frame.columns if frame[c].dtype.kind == "f"}

    def mapped(self, table: Table, *kinds: str) -> Iterator[Mapped]:
        """Go through the columns of the file that hold one of some kinds."""
        return (m for m in self.drafts[table].mapped if m.column.kind in kinds)

    def column(self, table: Table, name: str) -> str:
        """Return what the file calls a column."""
        return self.drafts[table].seen_as(name)

    def compared(self, table: Table, name: str) -> list[Against]:
        """Return each site against the others by a column of numbers; none where no site or number is known."""
        if (table, name) not in self._compared:
            sites, values = self.sites(table), self.numbers(table).get(name)
            self._compared[table, name] = [] if sites is None or values is None else compare(values, sites)
        return self._compared[table, name]

    @cached_property
    def people(self) -> np.ndarray:
        """Places of the accepted cases, the first record of each where a file repeats them."""
        draft = self.drafts["cases"]
        kept = np.flatnonzero(draft.kept)
        first = np.unique(_ids(draft)[kept], return_index=True)[1] if draft.source.repeated else slice(None)
        return kept[first]

    @cached_property
    def patient(self) -> np.ndarray:
        """A number for the patient of each visit row."""
        return _ids(self.drafts["visits"])

    @cached_property
    def visit(self) -> np.ndarray:
        """The place of each visit row's visit among the planned ones, in the order of their days."""
        return self.drafts["visits"].frame["visit"].cat.codes.to_numpy()

    @cached_property
    def visit_ids(self) -> list[str]:
        """The visits that the numbers of `visit` stand for."""
        return list(self.drafts["visits"].frame["visit"].cat.categories)

    @cached_property
    def in_order(self) -> tuple[np.ndarray, np.ndarray]:
        """Accepted visit rows by patient and planned visit, and which of them follow a row of the same patient."""
        rows = self._visit_rows
        key = self.patient[rows] * (len(self.visit_ids) + 1) + self.visit[rows]
        if (key[1:] < key[:-1]).any():
            order = np.argsort(key, kind="stable")
            rows = rows[order]
        patient = self.patient[rows]
        return rows, patient[1:] == patient[:-1]

    @cached_property
    def case_of_id(self) -> np.ndarray:
        """The place in the cases' frame of each distinct id of the visits; NOBODY where there is no accepted case."""
        cases, visits = self.drafts["cases"], self.drafts["visits"]
        among = _patient(cases).cells.arrow.take(pa.array(_ids(cases)[self.people]))
        found = pc.index_in(_patient(visits).cells.arrow, value_set=among).fill_null(NOBODY)
        return np.append(self.people, NOBODY)[found.to_numpy()]

    def of_case(self, table: Table, name: str) -> np.ndarray:
        """Return the code of a category of the cases for each row of a table; NOBODY where it is not known."""
        codes = np.append(self.drafts["cases"].frame[name].cat.codes.to_numpy(), NOBODY)
        return codes[:-1] if table == "cases" else codes[self.case_of_id][self.patient]

    def sites(self, table: Table) -> Sites | None:
        """Return a table's rows by site, those that other rules refuse among them; None where no site is known."""
        known = self.usable("cases") and "site" in self.drafts["cases"].frame
        return (self._case_sites if table == "cases" else self._visit_sites) if known else None

    def site_of_records(self, table: Table) -> tuple[tuple[str, ...], np.ndarray] | None:
        """Return the sites' names, and for each record of the file the place of its site among them."""
        if table == "events" or not self.usable("cases") or "site" not in self.drafts["cases"].frame:
            return None
        codes = self.of_case("cases", "site")
        if table == "visits":
            codes = np.append(codes, NOBODY)[self.case_of_id][self.patients(table)]
        return self._site_names, codes

    @cached_property
    def _visit_rows(self) -> np.ndarray:
        return np.flatnonzero(self.drafts["visits"].kept)

    @cached_property
    def _case_sites(self) -> Sites:
        # a file that repeats the case at every visit counts it once
        of_rows = np.full(len(self.drafts["cases"].frame), NOBODY)
        rows = self.people if self.drafts["cases"].source.repeated else slice(None)
        of_rows[rows] = self.of_case("cases", "site")[rows]
        return group(self._site_names, of_rows, self.of_case("cases", "site")[self.people])

    @cached_property
    def _visit_sites(self) -> Sites:
        return group(self._site_names, self.of_case("visits", "site"), self.of_case("cases", "site")[self.people])

    @cached_property
    def _site_names(self) -> tuple[str, ...]:
        return tuple(map(str, self.drafts["cases"].frame["site"].cat.categories))


def _patient(draft: Draft) -> Mapped:
    return next(m for m in draft.mapped if m.column.name == "patient_id")


def _ids(draft: Draft) -> np.ndarray:
    """A number for the patient of each row, by the distinct ids of the file."""
    return draft.by_row(_patient(draft).cells.codes)
