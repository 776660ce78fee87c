"""Write docs/simulation.md; with the word `visits` or `resolution`, only its part on that."""

import sys
from concurrent.futures import ProcessPoolExecutor
from itertools import chain, product

from tests.simulated.document import PATH, document, of_resolution, over_visits, parts
from tests.simulated.resolution import SCHEDULES, SIZES_OF_COHORTS, measure_resolution
from tests.simulated.scenarios import everything
from tests.simulated.visits import SIZES_OF_TRIALS, measure_visits

if __name__ == "__main__":
    asked = sys.argv[1:] or ["main", "visits", "resolution"]
    first, second, third = parts()
    if "main" in asked:
        first = document(list(everything()))
    if "visits" in asked:
        second = over_visits([m for n in SIZES_OF_TRIALS for m in measure_visits(n)])
    if "resolution" in asked:
        seen, sizes = zip(*product(SCHEDULES, SIZES_OF_COHORTS), strict=True)
        with ProcessPoolExecutor() as executor:
            third = of_resolution(list(chain(*executor.map(measure_resolution, sizes, seen))))
    PATH.write_text("\n".join(part for part in (first, second, third) if part), encoding="utf-8")
