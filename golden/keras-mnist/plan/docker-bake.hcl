# Build plan 6158915e120d of repo at 5f8e072034fb.
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
  tags       = ["registry.example/examples/keras-mnist/learner:5f8e072034fb78bc8028c5c7e6c04f546922340f"]
  contexts = {
    "deps-actors" = "target:deps-actors"
  }
  labels = {
    "org.opencontainers.image.title"       = "repo learner"
    "org.opencontainers.image.revision"    = "5f8e072034fb78bc8028c5c7e6c04f546922340f"
    "org.opencontainers.image.base.name"   = "docker.io/library/python:3.11-slim-bookworm"
    "org.opencontainers.image.base.digest" = "sha256:1111111111111111111111111111111111111111111111111111111111111111"
    "dev.fedbake.plan-id"                  = "6158915e120d8a7f124b58018f0894bdeb3e904631380957682f3eebe72fae51"
    "dev.fedbake.lock-sha256"              = "2842a6dcc31c72e3aba5bf918cf0a3f5d158bd0617439996f1fbe9f1388c5e37"
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
  tags       = ["registry.example/examples/keras-mnist/aggregator:5f8e072034fb78bc8028c5c7e6c04f546922340f"]
  contexts = {
    "deps-actors"     = "target:deps-actors"
    "deps-aggregator" = "target:deps-aggregator"
  }
  labels = {
    "org.opencontainers.image.title"       = "repo aggregator"
    "org.opencontainers.image.revision"    = "5f8e072034fb78bc8028c5c7e6c04f546922340f"
    "org.opencontainers.image.base.name"   = "docker.io/library/python:3.11-slim-bookworm"
    "org.opencontainers.image.base.digest" = "sha256:1111111111111111111111111111111111111111111111111111111111111111"
    "dev.fedbake.plan-id"                  = "6158915e120d8a7f124b58018f0894bdeb3e904631380957682f3eebe72fae51"
    "dev.fedbake.lock-sha256"              = "2842a6dcc31c72e3aba5bf918cf0a3f5d158bd0617439996f1fbe9f1388c5e37"
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
