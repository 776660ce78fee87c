"""Rules about one cell: whether it can be what the schema says."""

from __future__ import annotations

from typing import Final

from cgh_analysis.ingest.rules.kinds import Rule, note, refuse, stop

RULES: Final[dict[str, Rule]] = {
    "missing_value": refuse("{name} is blank.", "Every record needs it."),
    "not_a_number": refuse(
        "This is not a number.", "Write a number, leave the cell blank, or declare the word in `missing`."
    ),
    "decimal_comma": refuse(
        "A decimal comma in a file with decimal points.",
        'Write {suggestion}, or say decimal = "," if the whole file has commas.',
    ),
    "decimal_point": refuse(
        "A decimal point in a file with decimal commas.",
        'Write {suggestion}, or say decimal = "." if the whole file has points.',
    ),
    "approximate": refuse("This is not one number.", "Write the value that was measured, or leave the cell blank."),
    "not_integer": refuse("{name} is a whole number.", "Write a whole number."),
    "out_of_range": refuse("{name} lies in {low:g} to {high:g}{unit}.", "Correct the value, or leave the cell blank."),
    "unit_suffix": note("{shown!r} was read as {number:g} ({times}).", "Write numbers without units.", alters=True),
    "age_90_plus": note("{shown!r} was read as 90, which stands for 90 and over ({times}).", alters=True),
    "age_over_90": stop("Ages over 90 identify people; values are not shown.", "Write 90+ instead."),
    "undeclared_arm": refuse(
        "{shown!r} is no arm of this study; {nearest}.",
        "Correct it, or declare it among the arm's synonyms.",
    ),
    "undeclared_visit": refuse(
        "{shown!r} is no visit of this study; {nearest}.",
        "Correct it, or declare it among the visit's synonyms.",
    ),
    "undeclared_code": refuse(
        "{shown!r} is no code of {name}; {nearest}.",
        "Correct it, or map it with `codes` under [sources].",
    ),
    "event_code": stop(
        "Events are coded {codes} ({times}), and nothing says what happened.",
        "Say `codes` for {name!r} under [sources.events], and leave rows without an event out by `where`.",
    ),
    "synonym": note("{shown!r} was read as {meaning!r} ({times}).", alters=True),
    "spelling": note("{shown!r} was read as {meaning!r} ({times}).", alters=True),
    "not_a_flag": refuse("{name} is yes or no.", "Write yes or no, or map the value with `codes` under [sources]."),
    "long_number_id": note("Ids are numbers of 16 digits or more ({times}); they were kept as text."),
    "alike_texts": note(
        "Spelt alike but for case, zeros, space or signs that cannot be seen: {names} ({times}); read as different.",
        "Write each in one way, or map it with `codes` under [sources].",
    ),
    "id_digits_lost": stop(
        "Ids are numbers that a program has shortened ({times}): their last digits are lost.",
        "Format the column as text at the source, and export it again.",
    ),
    "radians": stop(
        "Hardly any angle is above {high:g}: are these radians?", "Convert to degrees, or use multiply = 57.29578."
    ),
}
