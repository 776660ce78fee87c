"""Write docs/simulation.md."""

from tests.simulated.document import PATH, document
from tests.simulated.scenarios import everything

PATH.write_text(document(list(everything())), encoding="utf-8")
