"""A small OCI distribution client: what is behind a tag, and putting a tag on what is already there."""
