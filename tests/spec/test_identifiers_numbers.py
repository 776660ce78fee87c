"""Numbers of people: found where their check digit is right, and not believed where accident would do as well."""

from __future__ import annotations

import numpy as np
import pytest

from cgh_analysis.ingest.identifiers import identifying
from cgh_analysis.ingest.identifiers.national import NUMBERS
from tests.identifiers import NUMBERED


def column(*texts: str) -> np.ndarray:
    return np.array(texts, dtype=object)


@pytest.mark.parametrize(("what", "valid", "invalid"), NUMBERED)
def test_the_check_digit_decides(what: str, valid: str, invalid: str) -> None:
    assert what in identifying(column(valid, "drug", "block"))
    assert what not in identifying(column(invalid, "drug", "block"))


@pytest.mark.parametrize(("what", "valid", "invalid"), NUMBERED)
def test_also_within_a_text(what: str, valid: str, invalid: str) -> None:
    assert what in identifying(column(f"his number is {valid}.", "drug"))
    assert what in identifying(column(f"first {invalid}, then ({valid})", "drug"))
    assert what not in identifying(column(f"his number is {invalid}.", "drug"))


def test_every_kind_has_an_example() -> None:
    assert {n.what for n in NUMBERS} == {what for what, _, _ in NUMBERED}


@pytest.mark.parametrize("digit", "0123456789")
def test_one_digit_all_over_is_nobodys(digit: str) -> None:
    for length in (9, 10, 11, 12, 13, 16):
        assert set(identifying(column(digit * length, "P1", "P2"), is_id=True)) <= {"Swiss AHV numbers"}


def nhs(n: int) -> list[str]:
    """Return n numbers that meet the NHS rule."""
    numbers = []
    core = 943476000
    while len(numbers) < n:
        core += 1
        check = (11 - sum(int(d) * w for d, w in zip(str(core), range(10, 1, -1), strict=True)) % 11) % 11
        if check < 10:
            numbers.append(f"{core}{check}")
    return numbers


def test_pseudonyms_of_ten_digits_meet_the_rule_by_accident() -> None:
    rng = np.random.default_rng(7)
    for n in (3, 30, 3000):
        ids = column(*map(str, rng.integers(1_000_000_000, 9_999_999_999, n)))
        assert identifying(ids, is_id=True) == {}
    counted = column(*(str(4_000_000_000 + i) for i in range(2000)))
    assert identifying(counted, is_id=True) == {}


@pytest.mark.parametrize("n", [3, 40, 20_000])
def test_a_column_of_valid_numbers_is_no_accident(n: int) -> None:
    hits = identifying(column(*nhs(n)), is_id=True)
    assert hits["NHS numbers"].all()


def test_two_of_two_may_be_an_accident() -> None:
    assert "NHS numbers" not in identifying(column(*nhs(2)), is_id=True)


def test_a_few_typing_errors_do_not_hide_a_column_of_numbers() -> None:
    ids = column(*nhs(36), *(str(int(n) + 1) for n in nhs(40)[36:]))
    assert identifying(ids, is_id=True)["NHS numbers"].sum() == 36


def test_one_number_among_other_ids_is_foreign() -> None:
    hits = identifying(column(*(f"P{i}" for i in range(50)), *nhs(1)), is_id=True)
    assert hits["NHS numbers"].tolist() == [False] * 50 + [True]
    assert "NHS numbers" not in identifying(column(*(f"P{i}" for i in range(50)), "9434765918"), is_id=True)


def test_a_column_of_counts_of_every_size_is_no_column_of_numbers() -> None:
    rng = np.random.default_rng(3)
    counts = column(*(str(int(10**x)) for x in rng.uniform(1, 10, 3000)))
    assert identifying(counts) == {}
    assert "long numbers" in identifying(column("3", "7", "10", "4512345678")), "a record number among scores"


def test_prefixed_ids_are_judged_as_ids() -> None:
    ids = column(*(f"{100 + i % 7}-{200 + i}-{300 + 3 * i}" for i in range(600)))
    assert identifying(ids, is_id=True) == {}
