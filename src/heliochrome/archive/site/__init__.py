"""A web site of an archive: static files that work from disk and from any web server."""
