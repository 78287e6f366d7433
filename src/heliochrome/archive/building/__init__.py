"""Building derivatives: what is missing, made by many workers, recorded in one place."""
