"""A simulated study with known effects: for the demo, for tests, for notebooks."""

from cgh_analysis.simulate.export import simulate_export
from cgh_analysis.simulate.tables import Simulated, simulate_tables

__all__ = ["Simulated", "simulate_export", "simulate_tables"]
