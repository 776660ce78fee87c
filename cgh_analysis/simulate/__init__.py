"""A simulated study with known effects: for the demo, for tests, for notebooks."""

from cgh_analysis.simulate.export import simulate_export
from cgh_analysis.simulate.tables import Simulated, simulate_tables
from cgh_analysis.simulate.watched import Schedule, watched

__all__ = ["Schedule", "Simulated", "simulate_export", "simulate_tables", "watched"]
