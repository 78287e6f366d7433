"""Pinned protocols, metrics and reports that say how good a network is."""
