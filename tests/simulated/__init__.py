"""Simulated truth: how often intervals hold it, and how often tests find what is not there."""
