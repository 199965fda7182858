"""Facts and rule files in, findings and fixes out: pure."""
