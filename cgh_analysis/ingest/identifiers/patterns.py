"""What gives a person away by its form alone: addresses of every kind, names, record numbers, dates, high ages.

Each pattern is written so that RE2 (for columns) and Python's `re` (for a single text) read it alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cgh_analysis.ingest.identifiers.calendar import AGE, BIRTH, DATE, SHORT_DATE

_UPPER, _LOWER, _LETTER = "[A-ZÀ-ÖØ-ÞĀ-Ž]", "[a-zà-öø-ÿß-ÿā-ž]", "[A-Za-zÀ-ÖØ-öø-ž]"
_NAME = rf"{_UPPER}{_LETTER}*{_LOWER}"

EMAIL: Final = r"[^\s@]@[^\s@]+\.[A-Za-z]{2,}"
WEB: Final = r"(?i:\b(https?://|ftp://|www\.)\S)"
_OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
IPV4: Final = rf"(^|[^0-9.])({_OCTET}\.){{3}}{_OCTET}($|[^0-9.]|\.($|[^0-9]))"
# a code of the headache classification has four parts too (13.1.1.1), of numbers up to 14 without 0
ICHD: Final = r"^A?([1-9]|1[0-4])(\.([1-9]|1[0-4])){3}$"
IPV6: Final = (
    r"(?i:(^|[^0-9a-f:])(([0-9a-f]{1,4}:){7}[0-9a-f]{1,4}|([0-9a-f]{1,4}:){1,6}(:[0-9a-f]{1,4}){1,6}"
    r"|([0-9a-f]{1,4}:){2,7}:)($|[^0-9a-f:]))"
)
MAC: Final = r"(?i:(^|[^0-9a-f:-])([0-9a-f]{2}:){5}[0-9a-f]{2}($|[^0-9a-f:])|\b([0-9a-f]{2}-){5}[0-9a-f]{2}\b)"
# how GS1 prints a device's unique identifier (FDA, 21 CFR 801.40)
UDI: Final = r"\(01\)[0-9]{14}"
# first line of a machine-readable passport (ICAO Doc 9303, part 4)
MRZ: Final = r"\bP[A-Z<][A-Z]{3}[A-Z]+<<[A-Z<]{5,}"

PHONE_ABROAD: Final = r"(^|[^0-9.,])\+[0-9][0-9 ().-]{7,}[0-9]"
PHONE_DIALLED: Final = r"(^|[ (:])00 ?[1-9][0-9][0-9 ().-]{6,}[0-9]"
PHONE: Final = (
    r"(^|[^0-9.,/-])(\(0?[0-9]{2,4}\) ?[0-9]{3,4}[ -]?[0-9]{3,5}|0[0-9]{2,4}[ /.-][0-9]{3,4}[ -]?[0-9]{3,5}"
    r"|0[0-9][ /.-]([0-9]{4}[ -]?[0-9]{4,5}|[0-9]{3}[ -]?[0-9]{5})"
    r"|0[1-9]([ .-][0-9]{2}){4}|[2-9][0-9]{2}[-.][2-9][0-9]{2}[-.][0-9]{4})($|[^0-9.-]|[.]$)"
)
PHONE_SAID: Final = (
    r"(?i:(^|[^a-z])(tel|phone|mobile|mob|cell|fax|telefon|handy|tél|téléphone|móvil|teléfono|telefono|gsm|whatsapp)"
    r"( ?(no|nr|number|nummer))?[.:]* ?\(?[+0-9][0-9 ()/.-]{5,})"
)
# as a whole cell, and as a word of a text; measured values have a decimal sign, or stand in a numeric column
LONG: Final = r"^\(?[0-9]{9,20}$|^[0-9]{3}[ -][0-9]{3}[ -][0-9]{4}$"
LONG_WORD: Final = r"""[\s:#("'=;][0-9]{9,20}($|[\s)"';:]|[.,]($|\s))|^[0-9]{9,20}[\s,;:)]"""

_INWARD = "[0-9][ABD-HJLNP-UW-Z]{2}"
_AREAS = (
    "A[BL]|B[ABDHLNRST]?|C[ABFHMORTVW]|D[ADEGHLNTY]|E[CHNX]?|F[KY]|G[LUY]?|H[ADGPRSUX]|I[GMPV]|JE|K[ATWY]"
    "|L[ADELNSU]?|M[EKL]?|N[EGNPRW]?|O[LX]|P[AEHLOR]|R[GHM]|S[AEGKLMNOPRSTWY]?|T[ADFNQRSW]|UB|W[ACDFNRSV]?|YO|ZE"
)
# Royal Mail's form, with the letters of the areas that exist
POSTCODE_UK: Final = rf"\b({_AREAS})[0-9][A-Z0-9]? {_INWARD}\b"
# Canada Post: no D, F, I, O, Q, U, and no W or Z at the start
POSTCODE_CA: Final = (
    r"\b[ABCEGHJ-NPRSTVXY][0-9][ABCEGHJ-NPRSTV-Z][ -][0-9][ABCEGHJ-NPRSTV-Z][0-9]\b"
    r"|^[ABCEGHJ-NPRSTVXY][0-9][ABCEGHJ-NPRSTV-Z][0-9][ABCEGHJ-NPRSTV-Z][0-9]$"
)
# PostNL: four digits, two letters, never SA, SD or SS; what doses and times are written in is no postcode
POSTCODE_NL: Final = r"(^|[^0-9.,A-Za-z])[1-9][0-9]{3} ?[A-Z]{2}($|[^A-Za-z0-9])"
_NO_AREA = "S[ADS]|[MUNPK]G|M[LCMS]|GR|I[UE]|UI|[KCN]M|KJ|HZ|[AP]M|AD|BC|CE|PA|GY|BQ"
DOSE: Final = rf"(^|[^0-9.,])[1-9][0-9]{{3}} ?({_NO_AREA})"
ZIP: Final = r"(^|[^0-9-])[0-9]{5}-[0-9]{4}($|[^0-9-])"
# with a country before or a state before, and a place after
POSTCODE_PLACE: Final = (
    rf"\b(D|DE|CH|AT|A|FR?|I|IT|B|BE|L|NL|DK|SE?|FI|E|ES)-[0-9]{{4,5}} {_NAME}"
    r"|, ?(A[KLRZ]|C[AOT]|DC|DE|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]"
    r"|W[AIVY]),? [0-9]{5}\b"
)

_NUMBER_AFTER = r"(,? ?(no?\.?|nr\.?|n°|nº)? ?[0-9]{1,4} ?[a-zA-Z]?)($|[^0-9A-Za-z])"
STREET: Final = (
    rf"\b[0-9]{{1,5}}[A-Za-z]?,? ({_NAME}'?s? ){{1,3}}"
    r"(?i:street|st|road|rd|avenue|ave|lane|ln|drive|close|crescent|square|terrace|boulevard|blvd|gardens|court)\b"
    rf"|{_LETTER}{{3,}}(?i:strasse|straße|str\.|gasse|allee|straat|laan|gracht|gatan|vägen|vej)"
    r" ?[0-9]{1,4} ?[a-zA-Z]?($|[^0-9A-Za-z])"
    rf"|\b{_UPPER}{_LETTER}+ (Strasse|Straße|Str\.|Weg|Allee|Platz) [0-9]{{1,4}}"
    rf"|\b[0-9]{{1,4}}(,| bis,?| ter,?)? (?i:rue|avenue|boulevard|chemin|impasse|allée|quai|cours|place) "
    rf"(?i:de |du |des |d'|de la |de l'|la |le |l')*{_UPPER}"
    rf"|\b(Via|Viale|Piazza|Corso|Vicolo) ({_LETTER}+ ?){{1,4}},? ?[0-9]{{1,4}}($|,| ?\))"
    rf"|\b(Calle|C/|Avenida|Avda\.?|Plaza|Paseo) ?({_LETTER}+ ?){{1,5}}{_NUMBER_AFTER}"
    r"|(?i:\bp\.? ?o\.? box [0-9])"
)
TITLED: Final = (
    r"\b(Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Rev|Sir|Lady|Herrn?|Frau|Fr|Hr|Monsieur|Madame|Mademoiselle|Mme|Mlle|Sr|Sra|Srta"
    r"|Señora?|Señorita|Dra|Doña|Dott|Dott\.ssa|Dottoressa|Dottor|Sig\.ra|Sig\.na|Signora?|Signorina|Dhr|Mevr|Mevrouw|Meneer|Mw"
    rf"|Fru)\.? +({_NAME}|(van|von|de|da|del|di|le|la|ter|ten) ([a-z]+ )?{_UPPER})"
)
NAME_SAID: Final = (
    rf"\b(?i:(first |last |full |sur|fore)?name|patient|nom|prénom|nombre|nome|naam|vorname|nachname) ?[:=] ?{_NAME}"
)
_RECORD = (
    r"mrn|m\.r\.n\.|hosp(ital)?\.?( (id|num))?|chart|(medical |case |patient )?record|patient|case|file|nhs|chi|unit"
    r"|insurance|policy|ssn|social security|passport|account|licen[cs]e|fall|akten|patienten|versicherten(n|-n)?"
    r"|kranken(kassen?)?|dossier|sécu(rité sociale)?|historia clínica|cartella( clinica)?|tessera( sanitaria)?|bsn|pid"
)
RECORD: Final = (
    rf"(?i:(^|[^a-z])(mrn|m\.r\.n\.|({_RECORD})[ -]?(no|nr|number|num|nummer|n°|nº|#)"
    rf"|(numéro|número|numero|n°) (de |di )?({_RECORD}))[ .:#=]*(is |ist |est )?[a-z]{{0,3}}[ -]?[0-9]{{3,}}"
    r"|(^|[^a-z])(mrn|nhs|ssn|bsn|nhc|passport)[ .:#=-]*[a-z]{0,2}[0-9]{4,})"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """A form that identifies, `unless` it has another that looks like it; `in_ids` is off where pseudonyms have it."""

    what: str
    pattern: str
    unless: str = ""
    in_ids: bool = True


PATTERNS: Final = (
    Pattern(what="e-mail addresses", pattern=EMAIL),
    Pattern(what="phone numbers", pattern=PHONE_ABROAD),
    Pattern(what="phone numbers", pattern=PHONE_DIALLED, in_ids=False),
    Pattern(what="phone numbers", pattern=PHONE, in_ids=False),
    Pattern(what="phone numbers", pattern=PHONE_SAID),
    Pattern(what="long numbers", pattern=LONG, in_ids=False),
    Pattern(what="long numbers", pattern=LONG_WORD, in_ids=False),
    Pattern(what="full dates", pattern=DATE),
    Pattern(what="full dates", pattern=SHORT_DATE, in_ids=False),
    Pattern(what="birth dates", pattern=BIRTH),
    Pattern(what="ages over 89", pattern=AGE),
    Pattern(what="web addresses", pattern=WEB),
    Pattern(what="network addresses", pattern=IPV4, unless=ICHD),
    Pattern(what="network addresses", pattern=IPV6),
    Pattern(what="device addresses", pattern=MAC),
    Pattern(what="device identifiers", pattern=UDI),
    Pattern(what="passports", pattern=MRZ),
    Pattern(what="postcodes", pattern=POSTCODE_UK),
    Pattern(what="postcodes", pattern=POSTCODE_CA),
    Pattern(what="postcodes", pattern=POSTCODE_NL, unless=DOSE, in_ids=False),
    Pattern(what="postcodes", pattern=ZIP, in_ids=False),
    Pattern(what="postcodes", pattern=POSTCODE_PLACE),
    Pattern(what="street addresses", pattern=STREET),
    Pattern(what="names with a title", pattern=TITLED),
    Pattern(what="names", pattern=NAME_SAID),
    Pattern(what="record numbers", pattern=RECORD),
)
