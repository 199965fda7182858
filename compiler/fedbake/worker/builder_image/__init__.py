"""The builder as an image: fedbake, git and the clients of Docker and ssh, for workers that start containers."""
