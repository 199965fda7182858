# Build plan fb0a5924b930 of repo at e94d2c23823b.
# To build it without fedbake:  docker buildx bake -f docker-bake.hcl default verify

# The images.
group "default" {
  targets = ["inference"]
}

# The checks that run inside them, on every platform.
group "verify" {
  targets = ["verify-inference"]
}

# What all targets share. In no group, so it is never built itself.
# The clock inside the images is the commit time: the same plan gives the same image configuration.
# Every image is an index over its platforms, even when there is only one.
target "_common" {
  context   = "."
  platforms = ["linux/amd64", "linux/arm64"]
  args = {
    "SOURCE_DATE_EPOCH"       = "1795377447"
    "BUILDKIT_MULTI_PLATFORM" = "1"
  }
}

target "inference" {
  inherits   = ["_common"]
  dockerfile = "inference.Dockerfile"
  target     = "inference"
  tags       = ["registry.example/examples/served-digits/inference:e94d2c23823b430b53eec95a91bdcdc377351991"]
  labels = {
    "org.opencontainers.image.title"       = "repo inference"
    "org.opencontainers.image.revision"    = "e94d2c23823b430b53eec95a91bdcdc377351991"
    "org.opencontainers.image.base.name"   = "docker.io/library/python:3.11-slim-bookworm"
    "org.opencontainers.image.base.digest" = "sha256:1111111111111111111111111111111111111111111111111111111111111111"
    "dev.fedbake.plan-id"                  = "fb0a5924b930395e2911073edf5d208e5eadea915caede460f1bbc18273e65f6"
    "dev.fedbake.lock-sha256"              = "ebf5e07c9db2f189d896047c93bf5e19445084fa62f2a3f859ea2bd3a0eeb61b"
  }
  attest = ["type=provenance,mode=min"]
  output = ["type=image,oci-mediatypes=true"]
}

target "verify-inference" {
  inherits   = ["_common"]
  dockerfile = "inference.Dockerfile"
  target     = "verify"
  output     = ["type=cacheonly"]
}
