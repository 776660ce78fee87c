"""Right-censored survival on arrays: sums over risk sets, and what is made of them. No sorting of people, no loops."""
