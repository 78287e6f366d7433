"""Training of the upscaler: its configuration, samples, objective and validation."""
