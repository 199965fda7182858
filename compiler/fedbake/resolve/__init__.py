"""Fixed requirements and platforms in, `Lock`s out: one universal resolution, nothing built and nothing run."""


def solver_version() -> str:
    """The version of uv, the resolver."""
    from importlib.metadata import version

    return version("uv")
