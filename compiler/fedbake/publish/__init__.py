"""Publishing: what a bake made becomes visible, all of it or nothing."""
