"""Rendering: a build plan into the files of its directory. Pure and byte-identical on every machine."""
