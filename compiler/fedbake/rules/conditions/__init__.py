"""The conditions rules are made of: one small class per question about a repository."""
