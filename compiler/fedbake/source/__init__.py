"""URL or folder in, `Snapshot` out: the only stage that touches the repository."""
