"""Rules about databases and their answers; no message has more of a URL than the variable that holds it."""

from __future__ import annotations

from typing import Final

from cgh_analysis.ingest.rules.kinds import Rule, stop

RULES: Final[dict[str, Rule]] = {
    "database_variable": stop(
        "The variable {name} is not set.",
        "Let it hold the URL of the database: postgresql+pg8000://USER:PASSWORD@HOST/DATABASE.",
    ),
    "database_password": stop(
        "`url` holds a password, and whoever is sent the study file has it.",
        "Take it out and change it; put the whole URL into a variable, and name that in `url_env`.",
    ),
    "database_url": stop(
        "There is no URL of a database in {where}: {reason}.",
        "It is written postgresql+pg8000://USER:PASSWORD@HOST/DATABASE, and in a password @ is %40 and / is %2F.",
    ),
    "database_driver": stop(
        "What speaks to this kind of database is not installed.",
        'Run pip install "cgh-analysis[databases]", and begin the URL with postgresql+pg8000://; or install the driver '
        "that the URL names.",
    ),
    "database_login": stop(
        "The database does not let this user in.",
        "Mend user and password in {where}, or ask whoever runs the database.",
    ),
    "database_name": stop("The server has no database of that name.", "Mend the end of the URL in {where}."),
    "database_silent": stop(
        "The database cannot be reached: {reason}.",
        "Check host and port in {where}, that the server runs, and that it may be reached from here.",
    ),
    "query_missing": stop("A database needs a `query`.", 'Say what to read, such as query = "select * from visits".'),
    "query_statement": stop("The query {fault}.", "Write one statement that begins with SELECT or WITH."),
    "query_writes": stop("The query would write; it was stopped, and nothing was changed.", "Let it only read."),
    "query_name": stop(
        "The database does not know {what} that the query names{name}.",
        "Mend the query; a name with capitals needs double quotes.",
    ),
    "query_right": stop(
        "The user may not read what the query asks for.", "Ask whoever runs the database for the right to read it."
    ),
    "query_slow": stop("The query took more than {minutes} minutes and was stopped.", "Ask for less, or more simply."),
    "query_fails": stop(
        "The database cannot answer the query ({code}).", "Try it in the database's own program, which may say more."
    ),
    "query_text": stop(
        "The answer holds text that is not in the encoding of the database.", "Mend it there, or leave the column out."
    ),
    "query_column": stop(
        "The column holds {what}, and no text, numbers, dates or yes and no.",
        "Leave it out of the query, or let the query turn it into text.",
    ),
}
