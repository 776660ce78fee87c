"""What files call the canonical columns: names that say it for certain, names that may, and words of their labels.

Spelt as `spelt` spells a header: small letters without accents, words joined by '_'.
"""

from __future__ import annotations

from typing import Final

Names = tuple[str, ...]

# a column of such a name is the canonical one, provided that its values fit
ALIASES: Final[dict[str, Names]] = {
    "patient_id": (
        *("record_id", "study_id", "subject_id", "usubjid", "subjid", "participant_id", "case_id", "pat_id", "pid"),
        *("patid", "patientid", "subjectid", "patient", "subject", "participant", "patient_no", "patient_number"),
        *("patnr", "pat_nr", "patienten_id", "patientennummer", "probanden_id", "proband", "id_patient", "id_paciente"),
        *("numero_patient", "patient_nr", "patientnummer", "deelnemer_id", "id"),
    ),
    "site": (
        *("site_id", "siteid", "centre", "center", "centre_id", "center_id", "study_site", "clinic", "clinic_id"),
        *("hospital", "practice", "practice_id", "redcap_data_access_group", "zentrum", "klinik", "praxis"),
        *("etablissement", "clinique", "hopital", "centro", "clinica", "centrum", "ziekenhuis", "praktijk"),
    ),
    "arm": (
        *("group", "grp", "treatment", "treat", "trt", "tx", "trt01p", "trt01a", "trtp", "trta", "study_arm"),
        *("treatment_arm", "treatment_group", "trt_group", "study_group", "randarm", "rand_arm", "randgroup"),
        *("random_group", "randomised_group", "randomized_group", "allocation", "alloc", "allocated_group"),
        *("intervention", "intervention_group", "therapy", "gruppe", "behandlung", "behandlungsgruppe", "therapie"),
        *("studienarm", "therapiearm", "groupe", "traitement", "bras", "grupo", "tratamiento", "brazo", "terapia"),
        *("groep", "behandeling", "behandelgroep"),
    ),
    "age_years": (
        *("age", "age_yrs", "age_y", "age_at_enrol", "age_at_enrolment", "age_at_enrollment", "ageyr"),
        *("age_at_baseline", "age_baseline", "age_at_inclusion", "patient_age", "alter", "alter_jahre", "lebensalter"),
        *("age_ans", "edad", "edad_anos", "leeftijd"),
    ),
    "sex": ("gender", "sexe", "sexo", "geschlecht", "geslacht", "biological_sex", "sex_at_birth"),
    "symptom_duration_months": (
        *("symptom_duration", "duration_months", "headache_duration_months", "duration_of_symptoms_months"),
        *("duration_of_symptoms", "symptomdauer_monate", "duree_mois", "duracion_meses", "duur_maanden"),
    ),
    "chronicity": ("chronicity_class", "chronicity_category"),
    "onset": ("cause", "headache_cause", "onset_type", "mechanism_of_onset", "ursache", "etiology", "aetiology"),
    "side": ("headache_side", "side_of_headache", "pain_side", "symptomatic_side", "affected_side", "seite", "cote"),
    "side_locked": ("sidelocked", "side_lock", "unilateral_without_side_shift"),
    "migraine": ("hx_migraine", "history_of_migraine", "comorbid_migraine", "migraene", "migrana"),
    "tension_type": ("tth", "tension_type_headache", "tension_headache"),
    "medication_overuse": ("moh", "medication_overuse_headache", "med_overuse"),
    "red_flag": ("red_flags",),
    "imaging_finding": ("imaging", "imaging_result"),
    "visit": (
        *("redcap_event_name", "event_name", "visit_name", "visitname", "avisit", "visit_id", "visitnum", "visit_no"),
        *("visit_number", "timepoint", "time_point", "time_pt", "event", "wave", "occasion", "assessment", "week"),
        *("weeks", "month", "months", "visit_week", "visit_month", "zeitpunkt", "messzeitpunkt", "visite", "woche"),
        *("monat", "termin", "temps", "semaine", "mois", "visita", "momento", "semana", "mes", "bezoek", "meetmoment"),
        *("tijdstip", "maand", "time"),
    ),
    "day": ("study_day", "days_since_baseline", "day_since_baseline", "days_from_baseline", "studientag", "jour"),
    "rom_flexion_deg": ("flexion", "rom_flexion", "rom_flex", "crom_flexion", "crom_flex", "cervical_flexion", "flex"),
    "rom_extension_deg": ("extension", "rom_extension", "rom_ext", "crom_extension", "crom_ext", "cervical_extension"),
    "rom_side_flexion_left_deg": (
        *("side_flexion_left", "side_flex_left", "sf_left", "sf_l", "lateral_flexion_left", "lat_flex_left"),
        *("lat_flex_l", "latflex_l", "crom_lateral_flexion_left", "crom_latflex_left", "rom_side_flexion_left"),
        *("rom_lat_flex_left", "lateral_flexion_l", "side_flex_l", "sideflex_l", "left_side_flexion"),
    ),
    "rom_side_flexion_right_deg": (
        *("side_flexion_right", "side_flex_right", "sf_right", "sf_r", "lateral_flexion_right", "lat_flex_right"),
        *("lat_flex_r", "latflex_r", "crom_lateral_flexion_right", "crom_latflex_right", "rom_side_flexion_right"),
        *("rom_lat_flex_right", "lateral_flexion_r", "side_flex_r", "sideflex_r", "right_side_flexion"),
    ),
    "rom_rotation_left_deg": (
        *("rotation_left", "rot_left", "rot_l", "rotation_l", "crom_rotation_left", "crom_rot_left", "crom_rot_l"),
        *("rom_rotation_left", "rom_rot_left", "rom_rot_l", "left_rotation", "rotation_links", "rotation_gauche"),
    ),
    "rom_rotation_right_deg": (
        *("rotation_right", "rot_right", "rot_r", "rotation_r", "crom_rotation_right", "crom_rot_right", "crom_rot_r"),
        *("rom_rotation_right", "rom_rot_right", "rom_rot_r", "right_rotation", "rotation_rechts", "rotation_droite"),
    ),
    "frt_left_deg": ("frt_left", "frt_l", "flexion_rotation_left", "flexion_rotation_test_left", "frt_links"),
    "frt_right_deg": ("frt_right", "frt_r", "flexion_rotation_right", "flexion_rotation_test_right", "frt_rechts"),
    "pain_nprs": (
        *("nprs", "nrs", "vas", "pain", "pain_nrs", "nrs_pain", "nprs_pain", "pain_vas", "vas_pain", "pain_score"),
        *("pain_intensity", "headache_intensity", "headache_nprs", "headache_nrs", "headache_vas", "nprs_headache"),
        *("vas_headache", "schmerz", "schmerz_nrs", "schmerzintensitaet", "douleur", "eva", "evn", "dolor", "pijn"),
    ),
    "ndi": ("ndi_total", "ndi_score", "ndi_sum", "ndi_tot", "ndi_points", "ndi_total_score", "neck_disability_index"),
    "hit6": ("hit_6", "hit6_total", "hit6_score", "hit_6_total", "hit_6_score", "hit6_sum", "headache_impact_test"),
    "headache_days_28d": ("headache_days_28", "headache_days_4w", "headache_days_per_28_days", "headache_days_4_weeks"),
    "headache_hours_week": ("headache_hours", "headache_hours_per_week", "hours_of_headache_per_week"),
    "groc": ("grc", "groc_score", "global_rating_of_change", "grcs"),
    "medication_days_28d": ("medication_days_28", "medication_days_4w", "medication_days_per_28_days"),
    "headache_free": ("headachefree", "free_of_headache", "pain_free"),
}

# a column of such a name may be the canonical one: in what window or unit it counts, only a person can say
HINTS: Final[dict[str, Names]] = {
    "symptom_duration_months": (
        *("duration", "duration_years", "symptom_duration_years", "headache_duration_years", "chronicity"),
        *("symptom_duration_weeks", "dauer", "duree", "duracion", "duur", "years_with_headache"),
    ),
    "headache_days_28d": (
        *("headache_days", "headache_frequency", "ha_days", "ha_freq", "hd", "freq", "frequency", "days_with_headache"),
        *("headache_days_week", "headache_days_month", "kopfschmerztage", "jours_cephalee", "dias_cefalea"),
        *("hoofdpijndagen", "headache_days_per_week", "headache_days_per_month"),
    ),
    "medication_days_28d": ("medication_days", "med_days", "analgesic_days", "days_with_medication"),
    "pain_nprs": ("neck_pain_nprs", "neck_pain_vas", "worst_pain", "pain_worst", "pain_mm", "vas_mm", "intensity"),
    "ndi": ("ndi_percent", "ndi_pct", "ndi_perc", "disability", "neck_disability"),
    "sex": ("sex_code", "female", "male"),
    "groc": ("global_change", "gpe", "pgic"),
    "frt_left_deg": ("frt",),
    "day": ("ady",),
    "visit": ("day", "days", "date", "visit_date", "redcap_repeat_instance"),
    "site": ("therapist", "country", "region"),
}

# words of a label that name one column and no other
PHRASES: Final[dict[str, Names]] = {
    "patient_id": ("patient id", "subject id", "participant id", "study id", "record id", "patient identifier"),
    "arm": ("treatment arm", "treatment group", "study arm", "randomised group", "randomized group", "allocated to"),
    "age_years": ("age at enrolment", "age at enrollment", "age at baseline", "age years", "age in years"),
    "symptom_duration_months": ("symptom duration", "duration of symptoms", "duration of headache"),
    "side": ("side of headache", "headache side"),
    "pain_nprs": ("numeric pain rating", "numerical pain rating", "nprs", "headache pain intensity", "pain intensity"),
    "ndi": ("neck disability index",),
    "hit6": ("headache impact test", "hit 6"),
    "headache_days_28d": ("headache days", "headache frequency", "days with headache", "kopfschmerztage"),
    "medication_days_28d": ("days with medication", "medication days"),
    "groc": ("global rating of change",),
    "rom_flexion_deg": ("cervical flexion",),
    "rom_extension_deg": ("cervical extension",),
    "rom_rotation_left_deg": ("cervical rotation left", "rotation to the left", "left rotation"),
    "rom_rotation_right_deg": ("cervical rotation right", "rotation to the right", "right rotation"),
    "frt_left_deg": ("flexion rotation test left",),
    "frt_right_deg": ("flexion rotation test right",),
}

# columns that say in which window or unit they count; a label without it does not
IN_A_WINDOW: Final = ("headache_days_28d", "medication_days_28d", "symptom_duration_months")
# what in a name or a label speaks of a unit that is not the column's own
UNIT_WORDS: Final[dict[str, Names]] = {
    "mm": ("mm", "100mm", "millimetre", "millimetres", "millimeter", "millimeters"),
    "cm": ("cm",),
    "%": ("percent", "pct", "perc", "percentage"),
    "radians": ("rad", "radians"),
    "per week": ("week", "weekly", "wk", "7d", "woche", "semaine", "semana"),
    "per month": ("month", "monthly", "monat", "mois", "mes", "maand"),
    "per 30 days": ("30d",),
    "years": ("year", "years", "yrs", "yr", "jahre", "ans", "anos", "jaren"),
    "weeks": ("weeks", "wochen", "semaines", "semanas", "weken"),
    "days": ("days", "tage", "jours", "dias", "dagen"),
}

# what levels are called: the start of each canonical code's names, in words
MEANINGS: Final[dict[str, dict[str, Names]]] = {
    "sex": {
        "female": (
            *("f", "female", "woman", "women", "girl", "w", "weiblich", "frau", "femme", "feminin", "mujer"),
            *("femenino", "femenina", "vrouw", "vrouwelijk", "v"),
        ),
        "male": (
            *("m", "male", "man", "men", "boy", "maennlich", "mannlich", "mann", "homme", "masculin", "h", "hombre"),
            *("masculino", "mannelijk"),
        ),
        "other": ("other", "diverse", "divers", "non binary", "nonbinary", "intersex", "autre", "otro", "anders"),
    },
    "side": {
        "left": ("l", "left", "links", "gauche", "izquierda", "izquierdo"),
        "right": ("r", "right", "rechts", "droite", "derecha", "derecho"),
        "bilateral": ("b", "bilateral", "both", "both sides", "beidseitig", "beide", "les deux", "ambos"),
    },
    "flag": {
        "yes": ("yes", "y", "true", "1", "ja", "oui", "si", "checked", "present"),
        "no": ("no", "n", "false", "0", "nein", "non", "nee", "unchecked", "absent"),
    },
}

# texts and numbers that files use where nothing is known
BLANKS: Final = frozenset(
    {
        *("na", "n/a", "n.a.", "nan", "null", "none", "nd", "unk", "nask", "ni", "missing", "unknown", "not done"),
        *("k.a.", ".", "-", "--", "?", "#n/a", "#null!", "9999", "999", "99", "888", "88", "777", "77"),
        *("-1", "-7", "-8", "-9", "-66", "-77", "-88", "-98", "-99", "-777", "-888", "-999", "-9999"),
    }
)
