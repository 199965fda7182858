# Build plan ff50045cd5d9 of repo at 104ec804d218.
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
  tags       = ["registry.example/examples/sklearn-digits/learner:104ec804d218026123e79c80848f3a4ce8077828"]
  contexts = {
    "deps-actors" = "target:deps-actors"
  }
  labels = {
    "org.opencontainers.image.title"       = "repo learner"
    "org.opencontainers.image.revision"    = "104ec804d218026123e79c80848f3a4ce8077828"
    "org.opencontainers.image.base.name"   = "docker.io/library/python:3.11-slim-bookworm"
    "org.opencontainers.image.base.digest" = "sha256:1111111111111111111111111111111111111111111111111111111111111111"
    "dev.fedbake.plan-id"                  = "ff50045cd5d9cb13ed664dcb477dc0bf9cf33c15976cb1d0a2361ceb23cae6cf"
    "dev.fedbake.lock-sha256"              = "719c15a4d1e74d30bd85f12a8e3988bf47c539b48cfc385a2752f09017e37cce"
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
  tags       = ["registry.example/examples/sklearn-digits/aggregator:104ec804d218026123e79c80848f3a4ce8077828"]
  contexts = {
    "deps-actors"     = "target:deps-actors"
    "deps-aggregator" = "target:deps-aggregator"
  }
  labels = {
    "org.opencontainers.image.title"       = "repo aggregator"
    "org.opencontainers.image.revision"    = "104ec804d218026123e79c80848f3a4ce8077828"
    "org.opencontainers.image.base.name"   = "docker.io/library/python:3.11-slim-bookworm"
    "org.opencontainers.image.base.digest" = "sha256:1111111111111111111111111111111111111111111111111111111111111111"
    "dev.fedbake.plan-id"                  = "ff50045cd5d9cb13ed664dcb477dc0bf9cf33c15976cb1d0a2361ceb23cae6cf"
    "dev.fedbake.lock-sha256"              = "719c15a4d1e74d30bd85f12a8e3988bf47c539b48cfc385a2752f09017e37cce"
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
