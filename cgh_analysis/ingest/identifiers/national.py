"""Numbers that states, insurers and banks give to people, each with the public rule by which it is told from others.

Left out, because their rule is not public, has no check digit or is as easily met by pseudonyms: British and German
passports, US Medicare (MBI), New Zealand's NHI, Portugal's NIF, Greece's AMKA, Japan's My Number, Irish Eircodes. US
SSNs without dashes have no check digit either and are found as long numbers, Danish numbers since 2007 as written.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cgh_analysis.ingest.identifiers import people, rules
from cgh_analysis.ingest.identifiers.checksums import Matrix, Verdicts, ean13, luhn, mod97


def _grouped(*sizes: int, by: str = " -") -> str:
    """Digits in groups, parted all by the same sign or not at all."""
    groups = [f"[0-9]{{{n}}}" for n in sizes]
    return "|".join(f"{'[' + sign + ']' if sign else ''}".join(groups) for sign in ("", *by))


DAY: Final = "(0[1-9]|[12][0-9]|3[01])"
MONTH: Final = "(0[1-9]|1[0-2])"


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A kind of number: how it is written, what it must meet, and how often what is written so meets it by chance."""

    what: str
    form: str
    check: Callable[[Matrix], Verdicts]
    chance: float


NUMBERS: Final = (
    Number(what="NHS numbers", form=_grouped(3, 3, 4), check=rules.nhs, chance=1 / 11),
    Number(
        what="US social security numbers",
        form="[0-8][0-9]{2}[ -][0-9]{2}[ -][0-9]{4}",
        check=rules.ssn,
        chance=0.89,
    ),
    Number(
        what="Canadian social insurance numbers",
        form=_grouped(3, 3, 3),
        check=rules.sin,
        chance=0.08,
    ),
    Number(
        what="Australian Medicare numbers",
        form="[2-6][0-9]{3}([0-9]{6}| [0-9]{5} [0-9]|-[0-9]{5}-[0-9])([ /-]?[1-9])?",
        check=rules.medicare,
        chance=0.1,
    ),
    Number(
        what="Australian tax file numbers",
        form=_grouped(3, 3, 3),
        check=rules.tax_file,
        chance=1 / 11,
    ),
    Number(
        what="German tax numbers",
        form="[1-9][0-9] ?[0-9]{3} ?[0-9]{3} ?[0-9]{3}",
        check=rules.steuer_id,
        chance=0.03,
    ),
    Number(what="German health insurance numbers", form="[A-Z][0-9]{9}", check=people.kvnr, chance=0.1),
    Number(
        what="French social security numbers",
        form=r"[1-478] ?[0-9]{2} ?[0-9]{2} ?([0-9]{2}|2[AB]) ?[0-9]{3} ?[0-9]{3}[ -]?[0-9]{2}",
        check=people.nir,
        chance=1 / 97,
    ),
    Number(
        what="Dutch citizen service numbers",
        form=f"{_grouped(3, 3, 3)}|{_grouped(4, 2, 3, by='.')}",
        check=rules.bsn,
        chance=1 / 11,
    ),
    Number(
        what="Swedish personal numbers",
        form=r"((19|20)?[0-9]{2})[0-9]{4}[-+]?[0-9]{4}",
        check=people.personnummer,
        chance=0.005,
    ),
    Number(what="Norwegian national numbers", form="[0-9]{6}[ -]?[0-9]{5}", check=people.fodselsnummer, chance=0.001),
    Number(what="Danish personal numbers", form=rf"{DAY}{MONTH}[0-9]{{2}}-[0-9]{{4}}", check=people.cpr_date, chance=1),
    Number(what="Danish personal numbers", form=rf"{DAY}{MONTH}[0-9]{{6}}", check=people.cpr, chance=0.09),
    Number(
        what="Finnish personal codes",
        form=rf"{DAY}{MONTH}[0-9]{{2}}[-+A-FU-Y][0-9]{{3}}[0-9A-FHJ-NPR-Y]",
        check=people.hetu,
        chance=1 / 31,
    ),
    Number(
        what="Spanish identity numbers",
        form=r"([XYZ][ -]?[0-9]{7}|[0-9]{8})[ -]?[A-HJ-NP-TV-Z]",
        check=people.dni,
        chance=1 / 23,
    ),
    Number(
        what="Italian fiscal codes",
        form=r"[A-Z]{3} ?[A-Z]{3} ?[0-9LMNP-V]{2}[ABCDEHLMPRST][0-9LMNP-V]{2} ?[A-Z][0-9LMNP-V]{3}[A-Z]",
        check=people.codice_fiscale,
        chance=1 / 26,
    ),
    Number(
        what="Belgian national numbers",
        form=r"[0-9]{2}[.]?[0-9]{2}[.]?[0-9]{2}[ -]?[0-9]{3}[. ]?[0-9]{2}",
        check=people.rijksregister,
        chance=0.004,
    ),
    Number(what="Irish PPS numbers", form="[0-9]{7}[A-W][ABHTWX]?", check=people.pps, chance=1 / 23),
    Number(what="Polish PESEL numbers", form="[0-9]{11}", check=people.pesel, chance=0.02),
    Number(
        what="Swiss AHV numbers",
        form=r"756[.]?[0-9]{4}[.]?[0-9]{4}[.]?[0-9]{2}",
        check=ean13,
        chance=0.1,
    ),
    Number(what="Austrian insurance numbers", form="[1-9][0-9]{3} ?[0-9]{6}", check=people.svnr, chance=0.003),
    Number(
        what="Czech and Slovak birth numbers",
        form=r"[0-9]{2}[0-9]{4}/?[0-9]{4}",
        check=people.rodne_cislo,
        chance=0.006,
    ),
    Number(
        what="Brazilian CPF numbers",
        form=r"[0-9]{11}|[0-9]{3}[.][0-9]{3}[.][0-9]{3}-[0-9]{2}",
        check=rules.cpf,
        chance=0.01,
    ),
    Number(
        what="Aadhaar numbers",
        form="[2-9][0-9]{3}([0-9]{8}| [0-9]{4} [0-9]{4}|-[0-9]{4}-[0-9]{4})",
        check=rules.aadhaar,
        chance=0.1,
    ),
    Number(
        what="South African identity numbers",
        form=rf"[0-9]{{2}}{MONTH}{DAY} ?[0-9]{{4}} ?[012][0-9]{{2}}",
        check=people.south_african,
        chance=0.1,
    ),
    Number(
        what="Chinese identity numbers",
        form=rf"[1-9][0-9]{{5}}(19|20)[0-9]{{2}}{MONTH}{DAY}[0-9]{{3}}[0-9Xx]",
        check=people.chinese,
        chance=1 / 11,
    ),
    Number(
        what="Korean resident numbers", form=rf"[0-9]{{2}}{MONTH}{DAY}-?[0-9]{{7}}", check=people.korean, chance=0.1
    ),
    Number(what="Singaporean identity numbers", form="[STFG][0-9]{7}[A-Z]", check=people.nric, chance=1 / 26),
    Number(what="Turkish identity numbers", form="[1-9][0-9]{10}", check=rules.turkish, chance=0.01),
    Number(
        what="card numbers",
        form=r"([3-6][0-9]|2[2-7])[0-9]{2}([ -]?[0-9]{4}){3}|3[47][0-9]{2}[ -]?[0-9]{6}[ -]?[0-9]{5}",
        check=luhn,
        chance=0.1,
    ),
    Number(
        what="bank accounts",
        form=r"[A-Z]{2}[0-9]{2}( ?[A-Z0-9]{4}){2,7}( ?[A-Z0-9]{1,3})?",
        check=mod97,
        chance=1 / 97,
    ),
    Number(what="vehicle numbers", form="[A-HJ-NPR-Z0-9]{17}", check=rules.vehicle, chance=1 / 11),
)
