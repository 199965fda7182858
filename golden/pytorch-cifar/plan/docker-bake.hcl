# Build plan a6b8e1a03328 of repo at 87908a55d40f.
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
  tags       = ["registry.example/examples/pytorch-cifar/learner:87908a55d40f76b0b98de672c4bae7a6718b04fc"]
  contexts = {
    "deps-actors" = "target:deps-actors"
  }
  labels = {
    "org.opencontainers.image.title"       = "repo learner"
    "org.opencontainers.image.revision"    = "87908a55d40f76b0b98de672c4bae7a6718b04fc"
    "org.opencontainers.image.base.name"   = "docker.io/library/python:3.11-slim-bookworm"
    "org.opencontainers.image.base.digest" = "sha256:1111111111111111111111111111111111111111111111111111111111111111"
    "dev.fedbake.plan-id"                  = "a6b8e1a03328188daaef8fd4e90814f3bad7a21e45c89d4453ae0b4268122919"
    "dev.fedbake.lock-sha256"              = "3037f5e284fc502127b3532571bd16bd1a00b4aa28bd85c94475b853cd363b1b"
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
  tags       = ["registry.example/examples/pytorch-cifar/aggregator:87908a55d40f76b0b98de672c4bae7a6718b04fc"]
  contexts = {
    "deps-actors"     = "target:deps-actors"
    "deps-aggregator" = "target:deps-aggregator"
  }
  labels = {
    "org.opencontainers.image.title"       = "repo aggregator"
    "org.opencontainers.image.revision"    = "87908a55d40f76b0b98de672c4bae7a6718b04fc"
    "org.opencontainers.image.base.name"   = "docker.io/library/python:3.11-slim-bookworm"
    "org.opencontainers.image.base.digest" = "sha256:1111111111111111111111111111111111111111111111111111111111111111"
    "dev.fedbake.plan-id"                  = "a6b8e1a03328188daaef8fd4e90814f3bad7a21e45c89d4453ae0b4268122919"
    "dev.fedbake.lock-sha256"              = "3037f5e284fc502127b3532571bd16bd1a00b4aa28bd85c94475b853cd363b1b"
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
