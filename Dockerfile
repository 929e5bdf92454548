# autochrome serve in a container: no compiler, no root, nothing written but /tmp.
#
#   docker build -t autochrome .
#   docker run --rm --read-only --tmpfs /tmp -p 127.0.0.1:8000:8000 autochrome
#
# With --build-arg ONNXRUNTIME='onnxruntime-gpu[cuda,cudnn]', for an NVIDIA GPU: docs/web.md.

FROM python:3.12-slim-bookworm AS build

WORKDIR /source
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY src src

ARG ONNXRUNTIME=onnxruntime
RUN python -m venv /opt/autochrome \
    && /opt/autochrome/bin/pip install --no-cache-dir -c constraints.txt '.[web,formats]' \
    && if [ "$ONNXRUNTIME" != onnxruntime ]; then \
        /opt/autochrome/bin/pip uninstall --yes onnxruntime \
        && /opt/autochrome/bin/pip install --no-cache-dir -c constraints.txt "$ONNXRUNTIME"; \
    fi


FROM python:3.12-slim-bookworm

LABEL org.opencontainers.image.title="Autochrome" \
    org.opencontainers.image.description="A grayscale photograph goes in; a plausible color photograph comes out." \
    org.opencontainers.image.documentation="docs/web.md" \
    org.opencontainers.image.licenses="Apache-2.0"

COPY --from=build /opt/autochrome /opt/autochrome

ENV PATH=/opt/autochrome/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    AUTOCHROME_SERVE_HOST=0.0.0.0 \
    AUTOCHROME_SERVE_PORT=8000

# No account is needed for it, and none has this number.
USER 10001:10001
WORKDIR /tmp
EXPOSE 8000

HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD ["python", "-c", "\
import http.client, os, sys; \
server = http.client.HTTPConnection('127.0.0.1', os.environ['AUTOCHROME_SERVE_PORT'], timeout=4); \
server.request('GET', '/readyz'); \
sys.exit(server.getresponse().status != 200)"]

ENTRYPOINT ["autochrome"]
CMD ["serve"]
