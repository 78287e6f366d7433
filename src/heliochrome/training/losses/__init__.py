"""Loss terms, one subject per file; each is tested on values worked out by hand."""
