"""Queries of databases."""
