# The inference of build plan 1012c47cc946. Made by fedbake; REPORT.md says what was decided and why.
# The stages deps-* are in dependencies.Dockerfile, made once for all images. Nothing runs here, so nothing is emulated.

FROM docker.io/library/python:3.11-slim-bookworm@sha256:1111111111111111111111111111111111111111111111111111111111111111 AS inference
ARG TARGETARCH
WORKDIR /inference
# What all platforms have in common is one layer for all of them; the next one has the rest.
COPY --link --from=deps-inference /opt/venv /opt/venv
COPY --link --from=deps-inference /opt/linux-${TARGETARCH} /opt/venv
ENV PATH=/opt/venv/bin:$PATH \
    HOME=/inference \
    USER=fedbake \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
# The server.
COPY --link --chown=10001:10001 context/actors/shared/ context/actors/inference/ /inference/
# The model: other models of the same environment share every layer below.
COPY --link --chown=10001:10001 context/model/ /inference/model/
USER 10001:10001
# MLflow's scoring protocol, and the Open Inference Protocol.
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/ping', timeout=4)"]
CMD ["python", "main.py"]

# The check that runs on every platform before a tag moves: `docker buildx bake verify`. It loads the model and predicts.
FROM inference AS verify
RUN --network=none ["python", "main.py", "--verify"]
