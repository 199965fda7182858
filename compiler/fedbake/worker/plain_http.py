"""What to tell a builder before it reads images from a registry that speaks plain HTTP.

Pushing needs nothing (`fedbake.bake.invocation`); for reading there is no option of a single build.
"""


def allow_plain_http(host: str) -> str:
    """The line, and where it belongs (docs.docker.com, "dockerd"; BuildKit, "buildkitd.toml")."""
    return (
        f'add {{"insecure-registries": ["{host}"]}} to the engine\'s daemon.json and restart it; '
        f'a BuildKit without an engine wants [registry."{host}"] with http = true in its buildkitd.toml'
    )
