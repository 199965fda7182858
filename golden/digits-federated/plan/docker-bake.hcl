# Build plan 37d0ecee9b01 of repo at 40004613dc2c.
# To build it without fedbake:  docker buildx bake -f docker-bake.hcl default verify

# The images.
group "default" {
  targets = ["learner", "aggregator"]
}

# The checks that run inside them, on every platform.
group "verify" {
  targets = ["verify-learner", "verify-aggregator"]
}

# What all targets share. In no group, so it is never built itself.
# The clock inside the images is the commit time: the same plan gives the same image configuration.
# Every image is an index over its platforms, even when there is only one.
target "_common" {
  context   = "."
  platforms = ["linux/amd64", "linux/arm64"]
  args = {
    "SOURCE_DATE_EPOCH"       = "0"
    "BUILDKIT_MULTI_PLATFORM" = "1"
  }
}

target "learner" {
  inherits   = ["_common"]
  dockerfile = "learner.Dockerfile"
  target     = "learner"
  tags       = ["registry.example/examples/digits-federated/learner:40004613dc2c0f333940cb19c9c87381d983154b"]
  labels = {
    "org.opencontainers.image.title"       = "repo learner"
    "org.opencontainers.image.revision"    = "40004613dc2c0f333940cb19c9c87381d983154b"
    "org.opencontainers.image.base.name"   = "docker.io/library/python:3.11-slim-bookworm"
    "org.opencontainers.image.base.digest" = "sha256:1111111111111111111111111111111111111111111111111111111111111111"
    "dev.fedbake.plan-id"                  = "37d0ecee9b011b2b2d8b790dc443871ff95f1778e6a03cb9675988fb8083ac14"
    "dev.fedbake.lock-sha256"              = "a842368eedcce4eb9b648c32888ed62abca9467d17af5121f820aabd48e5fb62"
  }
  attest = ["type=provenance,mode=min"]
  output = ["type=image,oci-mediatypes=true"]
}

target "verify-learner" {
  inherits   = ["_common"]
  dockerfile = "learner.Dockerfile"
  target     = "verify"
  output     = ["type=cacheonly"]
}

target "aggregator" {
  inherits   = ["_common"]
  dockerfile = "aggregator.Dockerfile"
  target     = "aggregator"
  tags       = ["registry.example/examples/digits-federated/aggregator:40004613dc2c0f333940cb19c9c87381d983154b"]
  labels = {
    "org.opencontainers.image.title"       = "repo aggregator"
    "org.opencontainers.image.revision"    = "40004613dc2c0f333940cb19c9c87381d983154b"
    "org.opencontainers.image.base.name"   = "docker.io/library/python:3.11-slim-bookworm"
    "org.opencontainers.image.base.digest" = "sha256:1111111111111111111111111111111111111111111111111111111111111111"
    "dev.fedbake.plan-id"                  = "37d0ecee9b011b2b2d8b790dc443871ff95f1778e6a03cb9675988fb8083ac14"
    "dev.fedbake.lock-sha256"              = "a842368eedcce4eb9b648c32888ed62abca9467d17af5121f820aabd48e5fb62"
  }
  attest = ["type=provenance,mode=min"]
  output = ["type=image,oci-mediatypes=true"]
}

target "verify-aggregator" {
  inherits   = ["_common"]
  dockerfile = "aggregator.Dockerfile"
  target     = "verify"
  output     = ["type=cacheonly"]
}
