"""fedbake: a build-plan compiler for federated learning (docs/architecture.md draws the street)."""

__version__ = "0.1.0"
