"""Dependency trees: who needs what in a planned environment or a baked image, drawn by pipdeptree. Nothing is run."""
