# The learner of build plan 231116b2ceac. Made by fedbake; REPORT.md says what was decided and why.
# The stages deps-* are in dependencies.Dockerfile, made once for all images. Nothing runs here, so nothing is emulated.

FROM docker.io/library/python:3.11-slim-bookworm@sha256:1111111111111111111111111111111111111111111111111111111111111111 AS learner
ARG TARGETARCH
WORKDIR /fl_learner
# What all platforms have in common is one layer for all of them; the next one has the rest.
COPY --link --from=deps-actors /opt/venv /opt/venv
COPY --link --from=deps-actors /opt/linux-${TARGETARCH} /opt/venv
ENV PATH=/opt/venv/bin:$PATH \
    ML_MODEL_FLAVOR=sklearn \
    FEDBAKE_REVISION=0f4404f70787119be854bbc64d1e5210a6f99938 \
    FLWR_TELEMETRY_ENABLED=0 \
    GIT_PYTHON_REFRESH=quiet \
    HOME=/fl_learner \
    USER=fedbake \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
# The learner itself.
COPY --link --chown=10001:10001 context/actors/shared/ context/actors/learner/ /fl_learner/
# The user's code: the layer that changes most often comes last.
COPY --link --chown=10001:10001 context/ml_repo/ /fl_learner/ml_repo/
USER 10001:10001
CMD ["python", "main.py"]

# The checks that run on every platform before a tag moves: `docker buildx bake verify`. Never part of an image.
FROM learner AS verify
RUN --network=none --mount=type=bind,source=context/actors/verify.py,target=/verify.py \
    ["python", "/verify.py", "learner"]
