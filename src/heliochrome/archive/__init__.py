"""Archives: originals kept bit for bit, derivatives with their provenance, and a catalog."""
