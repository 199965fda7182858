# The learner of build plan 439887a0d8ab. Made by fedbake; REPORT.md says what was decided and why.
# Packages are unpacked for their platform on the builder's own CPU; nothing is emulated, the last stage only copies.

ARG PYTHON_BASE=docker.io/library/python:3.11-slim-bookworm@sha256:1111111111111111111111111111111111111111111111111111111111111111

# uv 0.13.9, the installer, for whichever CPU the builder has; the checksum makes the download exact.
FROM --platform=$BUILDPLATFORM ${PYTHON_BASE} AS uv-amd64
ADD --checksum=sha256:d7f459fe4fd247d830351c75686d3996ace3c6f3f728eb0e85a30b7ada0cef19 \
    https://files.pythonhosted.org/packages/3d/aa/26d64642d808de4a652579ef950d7cd2d37f080a8babf9c67c6b75fc4c3f/uv-0.13.9-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl \
    /uv.whl

FROM --platform=$BUILDPLATFORM ${PYTHON_BASE} AS uv-arm64
ADD --checksum=sha256:5435c5ce14a56431208ca0996416d310f1598e8c2c8ba707688985a16bb82dbe \
    https://files.pythonhosted.org/packages/57/15/94b6cd62ac3ff6550288328e8035288875197cbc183f51554b266a69877b/uv-0.13.9-py3-none-manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64.whl \
    /uv.whl

FROM uv-${BUILDARCH} AS installer
RUN python3 -m zipfile -e /uv.whl /tmp/uv \
 && install -m 0755 /tmp/uv/uv-0.13.9.data/scripts/uv /usr/local/bin/uv \
 && rm -r /tmp/uv /uv.whl
# Bytecode that is never checked against its source starts faster and does not depend on file times.
ENV UV_CACHE_DIR=/var/cache/uv \
    UV_LINK_MODE=copy \
    UV_PYTHON_DOWNLOADS=never \
    UV_COMPILE_BYTECODE=1 \
    PYC_INVALIDATION_MODE=UNCHECKED_HASH \
    SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
# Below, every installation mounts the secret `ca` when the builder gives one: the CA bundle of a site behind an
# inspecting proxy. It reaches no layer. The cache holds nothing but wheels whose hash was checked.

# Dependencies all images share, one stage for each platform.
FROM installer AS deps-actors-amd64
RUN --mount=type=cache,id=fedbake-uv,target=/var/cache/uv \
    --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt \
    --mount=type=bind,source=locks/actors.linux-amd64.txt,target=/requirements.txt \
    uv venv --quiet --no-project --python python3 /opt/venv \
 && uv pip install --python /opt/venv --python-platform x86_64-manylinux_2_28 \
      --no-deps --require-hashes --only-binary :all: --requirements /requirements.txt

FROM installer AS deps-actors-arm64
RUN --mount=type=cache,id=fedbake-uv,target=/var/cache/uv \
    --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt \
    --mount=type=bind,source=locks/actors.linux-arm64.txt,target=/requirements.txt \
    uv venv --quiet --no-project --python python3 /opt/venv \
 && uv pip install --python /opt/venv --python-platform aarch64-manylinux_2_28 \
      --no-deps --require-hashes --only-binary :all: --requirements /requirements.txt

FROM deps-actors-${TARGETARCH} AS deps-actors

FROM ${PYTHON_BASE} AS learner
COPY --link --from=deps-actors /opt/venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH \
    ML_MODEL_FLAVOR=pytorch \
    FEDBAKE_REVISION=87908a55d40f76b0b98de672c4bae7a6718b04fc \
    FLWR_TELEMETRY_ENABLED=0 \
    HOME=/fl_learner \
    USER=fedbake \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
# The learner itself.
COPY --link --chown=10001:10001 context/actors/shared/ context/actors/learner/ /fl_learner/
# The user's code: the layer that changes most often comes last.
COPY --link --chown=10001:10001 context/ml_repo/ /fl_learner/ml_repo/
WORKDIR /fl_learner
USER 10001:10001
CMD ["python", "main.py"]

# The checks that run on every platform before a tag moves: `docker buildx bake verify`. Never part of an image.
FROM learner AS verify
RUN --network=none --mount=type=bind,source=context/actors/verify.py,target=/verify.py \
    ["python", "/verify.py", "learner"]
