"""One module per container: how its bytes become samples and metadata, and back."""
