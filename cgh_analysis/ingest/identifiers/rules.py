"""Check digits without a birth date in them: what a number of each kind must meet, each from its public rule."""

from __future__ import annotations

import numpy as np

from cgh_analysis.ingest.identifiers.checksums import (
    Matrix,
    Verdicts,
    digits,
    luhn,
    mod11_10,
    total,
    verhoeff,
    whole,
)


def nhs(chars: Matrix) -> Verdicts:
    """NHS Data Dictionary, NHS NUMBER: weights 10 to 2, modulus 11; also Scotland's CHI and Northern Ireland's H&C."""
    check = (11 - total(chars, (10, 9, 8, 7, 6, 5, 4, 3, 2)) % 11) % 11
    return check == digits(chars)[:, 9]


def ssn(chars: Matrix) -> Verdicts:
    """US Social Security Administration, randomisation of 2011: no area 000, 666 or 900-999, group 00, serial 0000."""
    area = whole(chars, 0, 3)
    return (area > 0) & (area != 666) & (area < 900) & (whole(chars, 3, 5) > 0) & (whole(chars, 5, 9) > 0)


def sin(chars: Matrix) -> Verdicts:
    """Employment and Social Development Canada: Luhn's rule; no number begins with 0 or 8."""
    return luhn(chars) & ~np.isin(digits(chars)[:, 0], (0, 8))


def medicare(chars: Matrix) -> Verdicts:
    """Services Australia: weights 1, 3, 7, 9 twice give the ninth digit, modulus 10; the tenth is the card's issue."""
    check = total(chars, (1, 3, 7, 9, 1, 3, 7, 9)) % 10
    return check == digits(chars)[:, 8]


def tax_file(chars: Matrix) -> Verdicts:
    """Australian Taxation Office: weights 1, 4, 3, 7, 5, 8, 6, 9, 10; the sum is a multiple of 11."""
    return total(chars, (1, 4, 3, 7, 5, 8, 6, 9, 10)) % 11 == 0


def steuer_id(chars: Matrix) -> Verdicts:
    """German Steuer-ID (§ 139b AO): of the first ten digits one comes twice or thrice, the rest once; MOD 11,10."""
    times = (digits(chars)[:, :10, None] == np.arange(10)).sum(axis=1)
    one_repeated = ((times > 1).sum(axis=1) == 1) & (times.max(axis=1) <= 3)
    return one_repeated & mod11_10(chars)


def bsn(chars: Matrix) -> Verdicts:
    """Dutch 11-test (Besluit BSN): weights 9 to 2, and -1 for the last digit; the sum is a multiple of 11."""
    return total(chars, (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11 == 0


def cpf(chars: Matrix) -> Verdicts:
    """Brazil, Receita Federal: two check digits, weights 10 to 2 and 11 to 2, modulus 11, 10 becoming 0."""
    first = total(chars, (10, 9, 8, 7, 6, 5, 4, 3, 2)) * 10 % 11 % 10
    second = total(chars, (11, 10, 9, 8, 7, 6, 5, 4, 3, 2)) * 10 % 11 % 10
    return (first == digits(chars)[:, 9]) & (second == digits(chars)[:, 10])


def aadhaar(chars: Matrix) -> Verdicts:
    """India, UIDAI: twelve digits that do not begin with 0 or 1, Verhoeff's check digit."""
    return verhoeff(chars)


def turkish(chars: Matrix) -> Verdicts:
    """Türkiye, T.C. kimlik no: odd places times 7 less even places give the tenth digit; the sum of ten the last."""
    d = digits(chars)
    tenth = (d[:, 0:9:2].sum(axis=1) * 7 - d[:, 1:8:2].sum(axis=1)) % 10
    return (tenth == d[:, 9]) & (d[:, :10].sum(axis=1) % 10 == d[:, 10])


# values of 0 to 9 and A to Z; I, O and Q are not used
_VEHICLE = np.array([int(value) for value in "012345678912345678012345070923456789"])


def vehicle(chars: Matrix) -> Verdicts:
    """Vehicle identification number, 49 CFR 565.15: letters as values, weights, modulus 11 in the ninth place."""
    weights = np.array((8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2))
    check = _VEHICLE[digits(chars)] @ weights % 11
    lettered = (digits(chars) > 9).any(axis=1)
    ninth = np.where(chars[:, 8] == ord("X"), 10, digits(chars)[:, 8])
    return lettered & (check == ninth)
