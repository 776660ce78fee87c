"""What gives a person away by its form: each detector with what it must find and what it must leave."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgh_analysis.ingest.identifiers import (
    MASK,
    asks_who,
    identified,
    identifying,
    names_people,
    redacted,
    shown,
    shown_all,
    shown_file,
    shown_name,
)
from cgh_analysis.ingest.identifiers.patterns import PATTERNS
from tests.identifiers import DATES, HARMLESS, NUMBERED, PATTERNED


def whats(text: str, *, is_id: bool = False) -> list[str]:
    """Return what a text is taken for in a column with other texts."""
    hits = identifying(np.array([text, "drug", "block", "7"], dtype=object), is_id=is_id)
    assert all(not mask[1:].any() for mask in hits.values())
    return list(hits)


@pytest.mark.parametrize(("what", "text"), PATTERNED)
def test_a_detector_finds_its_kind(what: str, text: str) -> None:
    assert what in whats(text)
    assert shown(text) == MASK


@pytest.mark.parametrize("text", DATES)
def test_full_dates_in_any_order_and_language(text: str) -> None:
    assert "full dates" in whats(text)
    assert shown(text) == MASK


def test_every_pattern_has_an_example() -> None:
    named = {what for what, _ in PATTERNED} | {"full dates"}
    assert {p.what for p in PATTERNS} == named


@pytest.mark.parametrize("text", HARMLESS)
def test_what_studies_hold_is_no_identifier(text: str) -> None:
    assert whats(text) == []
    assert shown(text) == text


@pytest.mark.parametrize("text", ["20240501", "01051971", "05311971"])
def test_a_date_without_separators_that_is_foreign_to_its_column(text: str) -> None:
    assert "full dates" in whats(text)


def test_ids_of_eight_digits_are_no_dates_unless_most_are() -> None:
    ids = np.array([str(20120000 + 7 * i) for i in range(400)], dtype=object)
    assert identifying(ids, is_id=True) == {}
    days = np.array([f"2024{m:02d}{d:02d}" for m in range(1, 13) for d in range(1, 29)], dtype=object)
    assert list(identifying(days, is_id=True)) == ["full dates"]


@pytest.mark.parametrize(
    "text", ["012-345-6780", "030 1234567", "01-02-15", "12345-6789", "1234AB", "9007199254740993"]
)
def test_pseudonyms_may_look_like_phones_short_dates_and_long_numbers(text: str) -> None:
    assert whats(text)
    assert whats(text, is_id=True) == []


@given(st.floats(-9_999_999, 9_999_999, allow_nan=False).map(lambda x: f"{x:.6f}"))
def test_a_measured_value_is_never_an_identifier(text: str) -> None:
    assert identifying(np.array([text], dtype=object)) == {}
    assert shown(text) == text


@given(st.lists(st.text(max_size=30), max_size=8))
def test_any_text_is_judged_alike_alone_and_in_company(texts: list[str]) -> None:
    some = np.array(texts, dtype=object)
    assert shown_all(some) == [shown(t) for t in texts]
    assert all(len(mask) == len(texts) for mask in identifying(some).values())


@given(st.sampled_from([t for _, t in PATTERNED] + DATES), st.sampled_from(["", "seen ", "(", "then "]))
def test_a_text_around_it_hides_nothing(text: str, before: str) -> None:
    if not text.startswith(("*", "01 23", "1234567890123456", "02079460958", "P<")):
        assert whats(f"{before}{text}")


def test_columns_are_judged_each_by_itself() -> None:
    columns = {"a": np.array(["x", "jo@example.org"], dtype=object), "b": np.array(["45", "46"], dtype=object)}
    found = identified(columns)
    assert list(found) == ["a", "b"]
    assert {what: mask.tolist() for what, mask in found["a"].items()} == {"e-mail addresses": [False, True]}
    assert found["b"] == {}
    assert identified({}) == {}


@pytest.mark.parametrize(
    "name",
    [
        *("Name", "patient name", "DOB", "date_of_birth", "E-Mail", "phoneNumber", "name_last", "nhs_no", "MRN"),
        *("hospital_number", "full_name", "email_address"),
        *("Geburtsdatum", "Vorname", "PLZ", "Straße", "Versichertennummer", "Telefon", "prénom", "date_naissance"),
        *("code postal", "apellidos", "fecha_nacimiento", "codice fiscale", "cognome", "voornaam", "geboortedatum"),
        *(
            "personnummer",
            "PESEL",
            "zip",
            "ip_address",
            "initials",
            "next_of_kin",
            "medical_record_no",
            "year_of_birth",
        ),
    ],
)
def test_columns_named_after_people(name: str) -> None:
    assert names_people(name)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "visit_name",
            "record_id",
            "patient_id",
            "site",
            "birth_weight",
            "nombre_jours",
            "dni_bolu",
            "cpr_done",
            "arm",
        ),
        *(
            "neck_mobility",
            "mobile_segments",
            "ip_joint",
            "phonophobia",
            "therapist",
            "age_years",
            "drug_name",
            "city_size"[5:],
        ),
    ],
)
def test_columns_that_are_not(name: str) -> None:
    assert not names_people(name)


@pytest.mark.parametrize(
    "title",
    ["Date of birth", "Please enter your e-mail address", "Patient's last name", "Home phone number", "Postcode"],
)
def test_labels_that_ask_who(title: str) -> None:
    assert asks_who(title)


@pytest.mark.parametrize(
    "title", ["", "Patient", "Does using a phone hurt?", "Date of visit", "Name the drugs you take", "Age"]
)
def test_labels_that_ask_something_else(title: str) -> None:
    assert not asks_who(title)


def test_names_of_files_keep_their_date_of_export() -> None:
    assert shown_file("Neck_DATA_2024-03-12_1543.csv") == "Neck_DATA_2024-03-12_1543.csv"
    assert shown_file("Smith_John_1957-03-12.csv") == "***.csv"
    assert shown_file("Frau_Özil.xlsx") == "***.xlsx"
    assert shown_file("jo.doe@example.org") == MASK
    assert shown_name("2024-03-12") == MASK
    assert shown_name("pain_nprs") == "pain_nprs"


def test_messages_keep_what_is_harmless() -> None:
    assert redacted("'age', 'jo@example.org', 'sex'") == "'age', '***', 'sex'"
    assert redacted("seen by Mr Smith") == MASK


def test_what_is_cut_is_judged_before_it_is_cut() -> None:
    assert shown("a" * 35 + " jo.doe@example.org") == MASK
    assert len(shown("a" * 100)) == 40


@pytest.mark.parametrize("text", [t for _, t, _ in NUMBERED])
def test_numbers_of_people_are_never_shown(text: str) -> None:
    assert shown(text) == MASK
