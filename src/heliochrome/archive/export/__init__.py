"""Packages that other archives' software takes: BagIt bags, IIIF manifests and tiles."""
