# Build plan 1012c47cc946 of repo at e94d2c23823b.
# To build it without fedbake:  docker buildx bake -f docker-bake.hcl default verify

# The images, and their dependencies: named, so that they are built for the cache alone.
group "default" {
  targets = ["deps-inference", "inference"]
}

# The checks that run inside them, on every platform.
group "verify" {
  targets = ["deps-inference", "verify-inference"]
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

target "deps-inference" {
  inherits   = ["_common"]
  dockerfile = "dependencies.Dockerfile"
  target     = "deps-inference"
  output     = ["type=cacheonly"]
}

target "inference" {
  inherits   = ["_common"]
  dockerfile = "inference.Dockerfile"
  target     = "inference"
  tags       = ["registry.example/examples/served-digits/inference:e94d2c23823b430b53eec95a91bdcdc377351991"]
  contexts = {
    "deps-inference" = "target:deps-inference"
  }
  labels = {
    "org.opencontainers.image.title"       = "repo inference"
    "org.opencontainers.image.revision"    = "e94d2c23823b430b53eec95a91bdcdc377351991"
    "org.opencontainers.image.base.name"   = "docker.io/library/python:3.11-slim-bookworm"
    "org.opencontainers.image.base.digest" = "sha256:1111111111111111111111111111111111111111111111111111111111111111"
    "dev.fedbake.plan-id"                  = "1012c47cc946674847aa2034a638e29a4ac5ff7840bad0ad6813d12da1a91117"
    "dev.fedbake.lock-sha256"              = "ebf5e07c9db2f189d896047c93bf5e19445084fa62f2a3f859ea2bd3a0eeb61b"
  }
  attest = ["type=provenance,mode=min"]
  output = ["type=image,oci-mediatypes=true,compression=zstd"]
}

target "verify-inference" {
  inherits   = ["_common"]
  dockerfile = "inference.Dockerfile"
  target     = "verify"
  contexts = {
    "deps-inference" = "target:deps-inference"
  }
  output = ["type=cacheonly"]
}
