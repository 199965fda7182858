"""The worker: what a machine needs to bake, how it is looked at (`diagnose`) and how it is made ready (`provision`)."""
