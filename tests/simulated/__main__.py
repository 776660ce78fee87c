"""Write docs/simulation.md; with the word `visits`, only its part on repeated outcomes."""

import sys

from tests.simulated.document import PATH, document, main_part, over_visits
from tests.simulated.scenarios import everything
from tests.simulated.visits import SIZES_OF_TRIALS, measure_visits

first = main_part() if sys.argv[1:] == ["visits"] else document(list(everything()))
second = over_visits([m for n in SIZES_OF_TRIALS for m in measure_visits(n)])
PATH.write_text(f"{first}\n{second}", encoding="utf-8")
