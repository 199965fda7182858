"""Baking: a plan directory into images, by one `docker buildx bake` whose every input is checked first."""
