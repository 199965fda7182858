"""Everything decided so far in, one `BuildPlan` out: pure. The plan is what people review and workers bake."""
