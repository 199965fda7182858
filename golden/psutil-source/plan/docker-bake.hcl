# Build plan 5e89fde2b83e of repo at 4f6aa5c575cb.
# To build it without fedbake:  docker buildx bake -f docker-bake.hcl default verify

# The images, and their dependencies: named, so that they are built for the cache alone.
group "default" {
  targets = ["deps-actors", "deps-aggregator", "learner", "aggregator"]
}

# The checks that run inside them, on every platform.
group "verify" {
  targets = ["deps-actors", "deps-aggregator", "verify-learner", "verify-aggregator"]
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

target "deps-actors" {
  inherits   = ["_common"]
  dockerfile = "dependencies.Dockerfile"
  target     = "deps-actors"
  output     = ["type=cacheonly"]
}

target "deps-aggregator" {
  inherits   = ["_common"]
  dockerfile = "dependencies.Dockerfile"
  target     = "deps-aggregator"
  output     = ["type=cacheonly"]
}

target "learner" {
  inherits   = ["_common"]
  dockerfile = "learner.Dockerfile"
  target     = "learner"
  tags       = ["registry.example/examples/psutil-source/learner:4f6aa5c575cbf7500885eacc8dc36058629fcaee"]
  contexts = {
    "deps-actors" = "target:deps-actors"
  }
  labels = {
    "org.opencontainers.image.title"       = "repo learner"
    "org.opencontainers.image.revision"    = "4f6aa5c575cbf7500885eacc8dc36058629fcaee"
    "org.opencontainers.image.base.name"   = "docker.io/library/python:3.11-slim-bookworm"
    "org.opencontainers.image.base.digest" = "sha256:1111111111111111111111111111111111111111111111111111111111111111"
    "dev.fedbake.plan-id"                  = "5e89fde2b83e4b707c2febb16c37264eac900c5823ec35843afc797ea049a40d"
    "dev.fedbake.lock-sha256"              = "7cd7dbaa1edb36654762450d00a7da414bdd96644e49f58e676448f3c6174560"
  }
  attest = ["type=provenance,mode=min"]
  output = ["type=image,oci-mediatypes=true,compression=zstd"]
}

target "verify-learner" {
  inherits   = ["_common"]
  dockerfile = "learner.Dockerfile"
  target     = "verify"
  contexts = {
    "deps-actors" = "target:deps-actors"
  }
  output = ["type=cacheonly"]
}

target "aggregator" {
  inherits   = ["_common"]
  dockerfile = "aggregator.Dockerfile"
  target     = "aggregator"
  tags       = ["registry.example/examples/psutil-source/aggregator:4f6aa5c575cbf7500885eacc8dc36058629fcaee"]
  contexts = {
    "deps-actors"     = "target:deps-actors"
    "deps-aggregator" = "target:deps-aggregator"
  }
  labels = {
    "org.opencontainers.image.title"       = "repo aggregator"
    "org.opencontainers.image.revision"    = "4f6aa5c575cbf7500885eacc8dc36058629fcaee"
    "org.opencontainers.image.base.name"   = "docker.io/library/python:3.11-slim-bookworm"
    "org.opencontainers.image.base.digest" = "sha256:1111111111111111111111111111111111111111111111111111111111111111"
    "dev.fedbake.plan-id"                  = "5e89fde2b83e4b707c2febb16c37264eac900c5823ec35843afc797ea049a40d"
    "dev.fedbake.lock-sha256"              = "7cd7dbaa1edb36654762450d00a7da414bdd96644e49f58e676448f3c6174560"
  }
  attest = ["type=provenance,mode=min"]
  output = ["type=image,oci-mediatypes=true,compression=zstd"]
}

target "verify-aggregator" {
  inherits   = ["_common"]
  dockerfile = "aggregator.Dockerfile"
  target     = "verify"
  contexts = {
    "deps-actors"     = "target:deps-actors"
    "deps-aggregator" = "target:deps-aggregator"
  }
  output = ["type=cacheonly"]
}
