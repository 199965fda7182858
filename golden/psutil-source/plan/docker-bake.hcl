# Build plan 4c654af77f10 of repo at 4f6aa5c575cb.
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
  tags       = ["registry.example/examples/psutil-source/learner:4f6aa5c575cbf7500885eacc8dc36058629fcaee"]
  labels = {
    "org.opencontainers.image.title"       = "repo learner"
    "org.opencontainers.image.revision"    = "4f6aa5c575cbf7500885eacc8dc36058629fcaee"
    "org.opencontainers.image.base.name"   = "docker.io/library/python:3.11-slim-bookworm"
    "org.opencontainers.image.base.digest" = "sha256:1111111111111111111111111111111111111111111111111111111111111111"
    "dev.fedbake.plan-id"                  = "4c654af77f1084e929b29778b823adb8f38e7e70a6cb2509c603f775d2623a9c"
    "dev.fedbake.lock-sha256"              = "9c4c7c93884984c29bac18c3d20bceaa734770d22357f651b63a49945cdd69d7"
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
  tags       = ["registry.example/examples/psutil-source/aggregator:4f6aa5c575cbf7500885eacc8dc36058629fcaee"]
  labels = {
    "org.opencontainers.image.title"       = "repo aggregator"
    "org.opencontainers.image.revision"    = "4f6aa5c575cbf7500885eacc8dc36058629fcaee"
    "org.opencontainers.image.base.name"   = "docker.io/library/python:3.11-slim-bookworm"
    "org.opencontainers.image.base.digest" = "sha256:1111111111111111111111111111111111111111111111111111111111111111"
    "dev.fedbake.plan-id"                  = "4c654af77f1084e929b29778b823adb8f38e7e70a6cb2509c603f775d2623a9c"
    "dev.fedbake.lock-sha256"              = "9c4c7c93884984c29bac18c3d20bceaa734770d22357f651b63a49945cdd69d7"
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
