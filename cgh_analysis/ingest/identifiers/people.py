"""Numbers that hold a birth date, a letter or a sex: what each must meet, from its public rule."""

from __future__ import annotations

import numpy as np

from cgh_analysis.ingest.identifiers.checksums import (
    Matrix,
    Verdicts,
    day_and_month,
    digits,
    luhn,
    one_of,
    total,
    whole,
)


def kvnr(chars: Matrix) -> Verdicts:
    """German Krankenversichertennummer (§ 290 SGB V): the letter as two digits, weights 1 and 2, digit sums, mod 10."""
    letter = chars[:, :1] - ord("A") + 1
    values = np.hstack([letter // 10, letter % 10, digits(chars[:, 1:9])]) * np.array((1, 2) * 5)
    return (values // 10 + values % 10).sum(axis=1) % 10 == digits(chars)[:, 9]


def nir(chars: Matrix) -> Verdicts:
    """French NIR (décret 82-103): the key is 97 less the number modulo 97; Corsica's 2A and 2B count as 19 and 18."""
    plain = chars.copy()
    for letter, value in (("A", "19"), ("B", "18")):
        corsican = chars[:, 6] == ord(letter)
        plain[corsican, 5], plain[corsican, 6] = ord(value[0]), ord(value[1])
    month = whole(chars, 3, 5)
    known = ((month >= 1) & (month <= 12)) | (month >= 20)
    return known & (97 - whole(plain, 0, 13) % 97 == whole(plain, 13, 15))


def personnummer(chars: Matrix) -> Verdicts:
    """Swedish personnummer (SKV 704): Luhn over the last ten digits; a coordination number adds 60 to the day."""
    short = chars[:, -10:]
    return day_and_month(whole(short, 4, 6) % 60, whole(short, 2, 4)) & luhn(short)


def fodselsnummer(chars: Matrix) -> Verdicts:
    """Norwegian fødselsnummer (Skatteetaten): two check digits modulo 11; a D-number adds 40 to the day."""
    first = (11 - total(chars, (3, 7, 6, 1, 8, 9, 4, 5, 2)) % 11) % 11
    second = (11 - total(chars, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11) % 11
    born = day_and_month(whole(chars, 0, 2) % 40, whole(chars, 2, 4) % 40)
    return born & (first == digits(chars)[:, 9]) & (second == digits(chars)[:, 10])


def cpr_date(chars: Matrix) -> Verdicts:
    """Danish CPR number in its written form: since 2007 not every one meets modulus 11, so that its date must do."""
    return day_and_month(whole(chars, 0, 2), whole(chars, 2, 4))


def cpr(chars: Matrix) -> Verdicts:
    """Danish CPR number without its dash: weights 4, 3, 2, 7, 6, 5, 4, 3, 2, 1; the sum is a multiple of 11."""
    return cpr_date(chars) & (total(chars, (4, 3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0)


def hetu(chars: Matrix) -> Verdicts:
    """Finnish henkilötunnus (DVV): date and serial number modulo 31 give the character; its century sign is dropped."""
    number = np.hstack([chars[:, :6], chars[:, -4:-1]])
    check = one_of("0123456789ABCDEFHJKLMNPRSTUVWXY", whole(number, 0, 9) % 31)
    return cpr_date(chars) & (check == chars[:, -1])


def dni(chars: Matrix) -> Verdicts:
    """Spanish DNI and NIE (Real Decreto 1553/2005): the number modulo 23 gives the letter; X, Y, Z are 0, 1, 2."""
    plain = chars.copy()
    foreign = chars[:, 0] >= ord("X")
    plain[foreign, 0] += ord("0") - ord("X")
    return one_of("TRWAGMYFPDXBNJZSQVHLCKE", whole(plain, 0, 8) % 23) == chars[:, 8]


_ODD = np.array([1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23])


def codice_fiscale(chars: Matrix) -> Verdicts:
    """Italian codice fiscale (D.M. 23 dicembre 1976): a value for each character in odd and in even places, mod 26."""
    values = np.where(chars < ord("A"), chars - ord("0"), chars - ord("A"))
    summed = _ODD[values[:, 0:15:2]].sum(axis=1) + values[:, 1:14:2].sum(axis=1)
    check: Verdicts = summed % 26 == values[:, 15]
    return check


def rijksregister(chars: Matrix) -> Verdicts:
    """Belgian rijksregisternummer (K.B. 3 april 1984): 97 less nine digits modulo 97, with a 2 in front since 2000."""
    number, key = whole(chars, 0, 9), whole(chars, 9, 11)
    born = day_and_month(whole(chars, 4, 6), whole(chars, 2, 4) % 20) | (whole(chars, 2, 4) % 20 == 0)
    return born & ((97 - number % 97 == key) | (97 - (2_000_000_000 + number) % 97 == key))


def pps(chars: Matrix) -> Verdicts:
    """Irish PPS number (Social Welfare Consolidation Act 2005): weights 8 to 2, 9 for a last A, B or H, mod 23."""
    summed = total(chars, (8, 7, 6, 5, 4, 3, 2))
    if chars.shape[1] == 9:
        second = chars[:, 8] - ord("A") + 1
        summed = summed + 9 * np.where(second <= ord("H") - ord("A") + 1, second, 0)
    return one_of("WABCDEFGHIJKLMNOPQRSTUV", summed % 23) == chars[:, 7]


def pesel(chars: Matrix) -> Verdicts:
    """Polish PESEL (ustawa o ewidencji ludności): weights 1, 3, 7, 9; the century is added to the month in twenties."""
    born = day_and_month(whole(chars, 4, 6), whole(chars, 2, 4) % 20)
    check = (10 - total(chars, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3)) % 10) % 10
    return born & (check == digits(chars)[:, 10])


def svnr(chars: Matrix) -> Verdicts:
    """Austrian Versicherungsnummer (ASVG § 460d): weights 3, 7, 9, 5, 8, 4, 2, 1, 6 give the fourth digit, mod 11."""
    month = whole(chars, 6, 8)
    # 13 to 15 where more were born on a day than there are numbers
    born = day_and_month(whole(chars, 4, 6), np.where((month > 12) & (month < 16), 12, month))
    return born & (total(chars, (3, 7, 9, 0, 5, 8, 4, 2, 1, 6)) % 11 == digits(chars)[:, 3])


def rodne_cislo(chars: Matrix) -> Verdicts:
    """Czech and Slovak rodné číslo (zákon 133/2000): a multiple of 11; 50 is added to a woman's month, 20 to some."""
    month = whole(chars, 2, 4) % 50
    born = day_and_month(whole(chars, 4, 6), np.where(month > 20, month - 20, month))
    return born & (whole(chars, 0, 10) % 11 == 0)


def south_african(chars: Matrix) -> Verdicts:
    """South African identity number (Identification Act 68 of 1997): a birth date, a citizenship digit, Luhn's rule."""
    return day_and_month(whole(chars, 4, 6), whole(chars, 2, 4)) & luhn(chars)


def chinese(chars: Matrix) -> Verdicts:
    """Chinese resident identity number (GB 11643-1999): ISO 7064 MOD 11-2 over seventeen digits."""
    weights = tuple(2**k % 11 for k in range(17, 0, -1))
    return one_of("10X98765432", total(chars, weights) % 11) == chars[:, 17]


def korean(chars: Matrix) -> Verdicts:
    """Korean resident registration number as given until 2020: weights 2 to 9 and 2 to 5, modulus 11."""
    check = (11 - total(chars, (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)) % 11) % 10
    return day_and_month(whole(chars, 4, 6), whole(chars, 2, 4)) & (check == digits(chars)[:, 12])


def nric(chars: Matrix) -> Verdicts:
    """Singapore's NRIC and FIN: weights 2, 7, 6, 5, 4, 3, 2, 4 more for T and G, modulus 11, a letter for each rest."""
    summed = total(chars[:, 1:], (2, 7, 6, 5, 4, 3, 2)) + 4 * np.isin(chars[:, 0], [ord("T"), ord("G")])
    native = np.isin(chars[:, 0], [ord("S"), ord("T")])
    letter = np.where(native, one_of("JZIHGFEDCBA", summed % 11), one_of("XWUTRQPNMLK", summed % 11))
    return letter == chars[:, 8]
