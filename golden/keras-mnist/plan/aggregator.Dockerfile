# The aggregator of build plan 6158915e120d. Made by fedbake; REPORT.md says what was decided and why.
# The stages deps-* are in dependencies.Dockerfile, made once for all images. Nothing runs here, so nothing is emulated.

FROM docker.io/library/python:3.11-slim-bookworm@sha256:1111111111111111111111111111111111111111111111111111111111111111 AS aggregator
ARG TARGETARCH
WORKDIR /fl_aggregator
# What all platforms have in common is one layer for all of them; the next one has the rest.
COPY --link --from=deps-actors /opt/venv /opt/venv
COPY --link --from=deps-actors /opt/linux-${TARGETARCH} /opt/venv
COPY --link --from=deps-aggregator /opt/venv /opt/venv
COPY --link --from=deps-aggregator /opt/linux-${TARGETARCH} /opt/venv
ENV PATH=/opt/venv/bin:$PATH \
    ML_MODEL_FLAVOR=tensorflow \
    FEDBAKE_REVISION=5f8e072034fb78bc8028c5c7e6c04f546922340f \
    FLWR_TELEMETRY_ENABLED=0 \
    GIT_PYTHON_REFRESH=quiet \
    HOME=/fl_aggregator \
    USER=fedbake \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
# The aggregator itself.
COPY --link --chown=10001:10001 context/actors/shared/ context/actors/aggregator/ /fl_aggregator/
# The user's code: the layer that changes most often comes last.
COPY --link --chown=10001:10001 context/ml_repo/ /fl_aggregator/ml_repo/
USER 10001:10001
# Flower's gRPC server.
EXPOSE 8080
CMD ["python", "main.py"]

# The checks that run on every platform before a tag moves: `docker buildx bake verify`. Never part of an image.
FROM aggregator AS verify
RUN --network=none --mount=type=bind,source=context/actors/verify.py,target=/verify.py \
    ["python", "/verify.py", "aggregator"]
