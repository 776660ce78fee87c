"""Mixed models for repeated measures: a residual covariance over visits, fitted from sums per pattern of visits."""
