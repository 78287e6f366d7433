"""Pictures: reading and writing them whole, color spaces, lightness and chroma."""
