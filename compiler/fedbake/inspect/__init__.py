"""Snapshot in, `Facts` out: reads dependency files and Python syntax trees, runs nothing."""
