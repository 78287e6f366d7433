"""Trained networks at run time: their cards, where they are kept, and how they are run."""
