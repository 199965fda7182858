"""Findings and plans for people at a terminal and for other programs: pure functions from values to text or JSON."""
