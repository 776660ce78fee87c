"""Dates, births and ages as people write them, in six languages."""

from __future__ import annotations

from typing import Final

_DAY, _MONTH = "(0?[1-9]|[12][0-9]|3[01])", "(0?[1-9]|1[0-2])"
_EITHER_ORDER = "({day}{s}{month}|{month}{s}{day})"
# names are spelt out, never "dec" and any letters: "2 decreased 2019" is no date
_MONTHS = (
    "january|february|march|april|may|june?|july?|august|september|october|november|december"
    "|jan|feb|mar|apr|aug|sept?|oct|nov|dec|januar|jänner|februar|märz|mrz|mai|juni|juli|oktober|dezember|okt|dez"
    "|janvier|février|fevrier|mars|avril|juin|juillet|août|aout|septembre|octobre|novembre|décembre|decembre|janv|févr|fév"
    "|avr|juil|déc|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|setiembre|octubre|noviembre|diciembre"
    "|gennaio|febbraio|aprile|maggio|giugno|luglio|settembre|ottobre|dicembre|januari|februari|maart|mei|augustus|mrt"
)
# short in one language, a word in another: only before a year of four digits
_SHORT = "ene|abr|ago|dic|gen|mag|giu|lug|ott"
_YEAR = "(19|20)[0-9]{2}"
_JOINED = r"(\.|st|nd|rd|th|er|º)?[ .,/-]*(de |of )?"
_THEN = r"[ .,/-]*(de |del |of )?"

NUMERIC = (
    rf"(^|[^0-9])({_YEAR} ?[-/.] ?[0-9]{{1,2}} ?[-/.] ?[0-9]{{1,2}}|[0-9]{{1,2}} ?[-/.] ?[0-9]{{1,2}} ?[-/.] ?{_YEAR}"
    rf"|{_EITHER_ORDER.format(day=_DAY, month=_MONTH, s=' ')} {_YEAR}"
    rf"|{_YEAR} ?年 ?[0-9]{{1,2}} ?月 ?[0-9]{{1,2}}"
    rf"|{_EITHER_ORDER.format(day=_DAY, month=_MONTH, s='/')}/[0-9]{{2}})($|[^0-9])"
)
NAMED = (
    rf"(?i:\b[0-9]{{1,2}}{_JOINED}(({_MONTHS}){_THEN}({_YEAR}|'?[0-9]{{2}})|({_SHORT}){_THEN}{_YEAR})\b"
    rf"|\b({_MONTHS})\.? +[0-9]{{1,2}}(st|nd|rd|th)?,? +{_YEAR}\b"
    rf"|\b{_YEAR}[ .,/-]*({_MONTHS})[ .,/-]*[0-9]{{1,2}}\b)"
)
DATE: Final = f"{NUMERIC}|{NAMED}"
# a year of two digits after dots or dashes; ids are numbered so too ("01-02-15")
SHORT_DATE: Final = (
    rf"(^|[^0-9.-])({_EITHER_ORDER.format(day=_DAY, month=_MONTH, s='[.]')}[.]"
    rf"|{_EITHER_ORDER.format(day=_DAY, month=_MONTH, s='-')}-)[0-9]{{2}}($|[^0-9.-]|[.]$)"
)
_WRITTEN = rf"([0-9]{{1,2}}[./-][0-9]{{1,2}}[./-]([0-9]{{4}}|[0-9]{{2}})|{_YEAR})"
BIRTH: Final = (
    r"(?i:(^|[^a-z])(d\.?o\.?b\.?|date of birth|birth ?da(te|y)|year of birth|yob|born|geb(\.|oren)?( am| op)?"
    r"|geburts(datum|tag|jahr)|n[ée]e?(\(e\))? (le|en)|(date de )?naissance|nacid[oa] (el|en)|(fecha de )?nacimiento"
    r"|nat[oa] (il|nel)|(data di )?nascita|geboorte(datum|jaar)|född|født|fødselsdato)[^0-9a-z]{0,4}(on |in |the )?"
    rf"(([0-9]{{1,2}}[^0-9a-z]{{1,3}}){{0,2}}{_YEAR}|{_WRITTEN}|'[0-9]{{2}})($|[^0-9]))"
    rf"|(^|[\s(,;])\* ?{_WRITTEN}($|[^0-9])"
)
# 90+ and "90 or over" is how an age may be written; "93 years" alone may be a column's unit, which typing judges
_OLD = "(9[0-9]|1[01][0-9])"
AGE: Final = (
    rf"(?i:\b(aged?|alter|edad|età|leeftijd|âgée? de|de edad|anni di età)( |[:=] ?){_OLD}($|[^0-9+.,%/ -]|[.,]?$"
    r"|[ .,-]+($|[^0-9 oa+/-]|o[^r]|a[^n]|an[^d]))"
    rf"|\b{_OLD}[ -]?(years?|yrs?|yr)?[ -](old|of age)\b|\b{_OLD}[ -]?(yo|y/o|y\.o\.?)($|[^a-z])"
    rf"|\b{_OLD}[ -]?(jähriger?|jährige[ns]?|jaar oud|jahre alt|ans|años|anni|-year-old)\b)"
)
# eight digits, year first or last
COMPACT_DATE: Final = (
    r"^((19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])"
    r"|((0[1-9]|[12][0-9]|3[01])(0[1-9]|1[0-2])|(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01]))(19|20)[0-9]{2})$"
)
