# Build plan 231116b2ceac of repo at 0f4404f70787.
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
  tags       = ["registry.example/examples/left-out/learner:0f4404f70787119be854bbc64d1e5210a6f99938"]
  contexts = {
    "deps-actors" = "target:deps-actors"
  }
  labels = {
    "org.opencontainers.image.title"       = "repo learner"
    "org.opencontainers.image.revision"    = "0f4404f70787119be854bbc64d1e5210a6f99938"
    "org.opencontainers.image.base.name"   = "docker.io/library/python:3.11-slim-bookworm"
    "org.opencontainers.image.base.digest" = "sha256:1111111111111111111111111111111111111111111111111111111111111111"
    "dev.fedbake.plan-id"                  = "231116b2ceac257b26bf6e5135b1703374b014425bf7473abc589fa601d53c2c"
    "dev.fedbake.lock-sha256"              = "43ad551e74b7106630f9a49893cfea6e0e369d1d15ecd27378f284e917923a12"
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
  tags       = ["registry.example/examples/left-out/aggregator:0f4404f70787119be854bbc64d1e5210a6f99938"]
  contexts = {
    "deps-actors"     = "target:deps-actors"
    "deps-aggregator" = "target:deps-aggregator"
  }
  labels = {
    "org.opencontainers.image.title"       = "repo aggregator"
    "org.opencontainers.image.revision"    = "0f4404f70787119be854bbc64d1e5210a6f99938"
    "org.opencontainers.image.base.name"   = "docker.io/library/python:3.11-slim-bookworm"
    "org.opencontainers.image.base.digest" = "sha256:1111111111111111111111111111111111111111111111111111111111111111"
    "dev.fedbake.plan-id"                  = "231116b2ceac257b26bf6e5135b1703374b014425bf7473abc589fa601d53c2c"
    "dev.fedbake.lock-sha256"              = "43ad551e74b7106630f9a49893cfea6e0e369d1d15ecd27378f284e917923a12"
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
