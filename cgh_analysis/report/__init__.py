"""The report: built of released rows, published whole or not at all."""

from cgh_analysis.report.build import build_report

__all__ = ["build_report"]
