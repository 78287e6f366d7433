"""Training of the networks. The only layer that uses torch; the runtime never imports it."""
