"""Age a photo by the physics of a photographic process."""
