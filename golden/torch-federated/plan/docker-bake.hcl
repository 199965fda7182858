# Build plan 2ece5c142cf2 of repo at 327d235bc0ae.
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
  platforms = ["linux/arm64"]
  args = {
    "SOURCE_DATE_EPOCH"       = "0"
    "BUILDKIT_MULTI_PLATFORM" = "1"
  }
}

target "learner" {
  inherits   = ["_common"]
  dockerfile = "learner.Dockerfile"
  target     = "learner"
  tags       = ["registry.example/examples/torch-federated/learner:327d235bc0aed99711c0aab262ff72a06ab1b605"]
  labels = {
    "org.opencontainers.image.title"       = "repo learner"
    "org.opencontainers.image.revision"    = "327d235bc0aed99711c0aab262ff72a06ab1b605"
    "org.opencontainers.image.base.name"   = "docker.io/library/python:3.11-slim-bookworm"
    "org.opencontainers.image.base.digest" = "sha256:1111111111111111111111111111111111111111111111111111111111111111"
    "dev.fedbake.plan-id"                  = "2ece5c142cf2953390fa56e6a9173f8528d81f499ce2a780eaee897b9d1a9355"
    "dev.fedbake.lock-sha256"              = "dffa51c576ac534fca825c1b70953fc7be175dae5c813b792451edbe4b8f2216"
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
  tags       = ["registry.example/examples/torch-federated/aggregator:327d235bc0aed99711c0aab262ff72a06ab1b605"]
  labels = {
    "org.opencontainers.image.title"       = "repo aggregator"
    "org.opencontainers.image.revision"    = "327d235bc0aed99711c0aab262ff72a06ab1b605"
    "org.opencontainers.image.base.name"   = "docker.io/library/python:3.11-slim-bookworm"
    "org.opencontainers.image.base.digest" = "sha256:1111111111111111111111111111111111111111111111111111111111111111"
    "dev.fedbake.plan-id"                  = "2ece5c142cf2953390fa56e6a9173f8528d81f499ce2a780eaee897b9d1a9355"
    "dev.fedbake.lock-sha256"              = "dffa51c576ac534fca825c1b70953fc7be175dae5c813b792451edbe4b8f2216"
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
