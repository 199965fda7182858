"""Python base images from Debian packages, for sites that reach no public registry."""
