from __future__ import annotations

from collections.abc import Iterator

import pytest
from moto.server import ThreadedMotoServer

SECRETS = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """Endpoint of an S3-compatible server on this machine, one for all tests."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="module")
def s3(s3_server):
    """Its file system, with an empty bucket ``photos``; s3:// leads there."""
    import s3fs

    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**SECRETS, "AWS_DEFAULT_REGION": "us-east-1"}.items():
            patch.setenv(name, value)
        patch.setenv("AWS_ENDPOINT_URL", s3_server)
        patch.setenv("AWS_MAX_ATTEMPTS", "2")
        patch.setenv("AWS_CONFIG_FILE", "/nonexistent")
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
        s3fs.S3FileSystem.clear_instance_cache()
        filesystem = s3fs.S3FileSystem()
        filesystem.mkdir("photos")
        yield filesystem
        filesystem.rm("photos", recursive=True)
        s3fs.S3FileSystem.clear_instance_cache()
