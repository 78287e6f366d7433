"""IIIF: Presentation 3 manifests and collections, Image API 3 tiles for a plain web server."""
