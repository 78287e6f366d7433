"""Training of the restyler: its configuration, samples, objective and validation."""
