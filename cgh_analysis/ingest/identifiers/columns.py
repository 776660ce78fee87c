"""Columns that are called, or described, as those that identify people are, in the languages of their files."""

from __future__ import annotations

import re
from typing import Final

# anywhere in a name, between underscores
_WITHIN: Final = (
    # births
    r"dob|yob|birth_?(date|day|year|dt|place|name)|(date|day|year|place|country)_(of_)?birth|birthdate|geburts?(datum|tag|jahr|ort)"
    r"|geb_?dat(um)?|(date_)?(de_)?naissance|ddn|nacimiento|fecha_nac|nascita|nascimento|geboorte(datum|jaar|plaats)"
    r"|fodsels?dato|fodelsedatum"
    # numbers
    r"|nhs|ssn|mrn|bsn|pesel|codice_fiscale|cpf|nhc|aadhaar|ahv|personnummer|fodselsnummer|hetu|kvnr"
    r"|(cpr|nir|dni|nie|sin|tfn|medicare|insurance|policy|account|identity|passport|licen[cs]e|health_card|hosp(ital)?|chart"
    r"|(medical_?)?record|national|tax|social_security)_?(no|nr|num|number|nummer)|(national|insurance|passport|tax)_id"
    r"|steuer_?(id|nr|nummer)|versicher(ungs|ten)_?(nr|nummer)|(akten|fall|kranken(kassen)?)_?(nr|nummer)|aktenzeichen"
    r"|numero_(de_)?(secu|dossier|patient)|secu(rite_sociale)?|social_security|medical_record|historia_clinica"
    r"|cartella_clinica|passport|reisepass|iban"
    # ways to reach somebody
    r"|(tele|mobile|cell|home|work)?_?phone(_?\w+)?|telefon(o|e|nummer)?|telefoon(nummer)?|tel(_?(no|nr))?|mobile_?(no|nr|number)"
    r"|cellulare|movil|gsm|fax|e_?mail(_?\w+)?|correo|courriel|website|ip_?addr(ess|esse)?|mac_addr(ess)?|facebook"
    r"|instagram|twitter|whatsapp"
    # places
    r"|address(es)?|adress|adresse|adres|direccion|indirizzo|domicilio|endereco|morada|street|strasse|straat|rue|calle"
    r"|post_?code|postal_?code|zip|zip_?code|plz|postleitzahl|code_postal|codigo_postal|codice_postale|city|town|wohnort"
    r"|ville|ciudad|citta|woonplaats"
    # names
    r"|(first|last|full|family|middle|maiden|given|patient)_?names?|names?_(first|last|full|family|middle|maiden|given)"
    r"|surname|forename|lastname|firstname|vorname|nachname|familienname|prenom|nom_de_famille|apellidos?|cognome"
    r"|nombre_(completo|(del_)?paciente|y_apellidos?)|voornaam|achternaam|fornamn|efternamn|fornavn|etternavn|efternavn"
    r"|nazwisko|imie|sobrenome|initials|initialen|initiales|next_of_kin|signature|unterschrift"
)
# as the whole name
_WHOLE: Final = (
    r"((patient(en)?|pat|pt|subject|participant|person|first|last|full|family|given|middle|maiden|sur|fore)_?)?"
    r"(names?|naam|navn|namn)|birth|birthday|born|geboren|mobile|mobil|handy|url|ip|ort|nom|nom_(du_)?patient|nome"
    r"|nome_(del_)?paziente|nombres?"
)
PEOPLE: Final = re.compile(rf"(^|_)({_WITHIN})(_|$)|^({_WHOLE})$")
# what a label says besides: "Please enter your date of birth"
_FILL: Final = re.compile(
    r"^(please|enter|give|what|is|are|was|the|of|your|his|her|their|a|patient|patients|s|participant|participants|subject"
    r"|subjects|person|no|nr|number|date|home|work|full|first|last|family|middle|contact|current|and|or|or_other|day|month|year"
    r"|de|du|del|di|la|le|der|des|d|l|bitte|ihr|ihre|votre|su|le_la|in|for|if|any|main|primary|line|1|2)$"
)
_ACCENTS: Final = str.maketrans("áàâäãåéèêëíìîïóòôöõøúùûüçñæ", "aaaaaaeeeeiiiioooooouuuucna")


def names_people(column: str) -> bool:
    """Say whether a column is called as one that identifies people is.

    >>> names_people("Patient Name"), names_people("Geburtsdatum"), names_people("visit_name")
    (True, True, False)
    """
    return PEOPLE.search(_spelt(column)) is not None


def asks_who(title: str) -> bool:
    """Say whether a label asks for what identifies people, and for nothing else.

    >>> asks_who("Please enter your date of birth"), asks_who("Does using a phone hurt your neck?")
    (True, False)
    """
    words = [w for w in _spelt(title).replace("e_mail", "email").split("_") if w and not _FILL.match(w)]
    return bool(words) and len(words) <= 3 and all(PEOPLE.search(w) for w in words)


def _spelt(name: str) -> str:
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower().replace("ß", "ss").translate(_ACCENTS)
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
