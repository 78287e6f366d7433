"""Recipes: ordered steps from a file, done to one photo after another."""
