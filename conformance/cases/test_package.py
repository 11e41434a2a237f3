"""The zip that is uploaded: unpacked as the platform does it, and started with nothing in its environment."""

import zipfile

import pytest

from harness import keys
from harness.dialects import CHAT
from harness.function import bootstrap
from harness.runtime_api import ApiDoor

pytestmark = pytest.mark.once("lambda")


def test_the_configuration_in_the_package_is_read(tmp_path):
    package = bootstrap().with_name("bootstrap.zip")
    if not package.exists():
        pytest.skip(f"{package} is not there; `cargo xtask test` builds it")
    with zipfile.ZipFile(package) as files:
        assert sorted(files.namelist()) == ["bootstrap", "gatelet.toml"]
        assert files.getinfo("bootstrap").external_attr >> 16 & 0o111 == 0o111, "the platform cannot start it"
        files.extractall(tmp_path)
    program = tmp_path / "bootstrap"
    program.chmod(0o755)
    door = ApiDoor("", tmp_path, "package", program=program)
    try:
        with door.post(CHAT, "mock/hello", keys.ALPHA) as answer:
            assert answer.status == 200 and answer.json()["choices"], answer.read()
    finally:
        door.stop()
