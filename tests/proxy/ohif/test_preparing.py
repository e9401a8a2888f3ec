"""What is installed: the known package only, led below its path, and nothing that was changed afterwards."""

import base64
from collections.abc import Callable
import gzip
import hashlib
from pathlib import Path
import tarfile

import pytest

from proxy.errors import ConfigurationError
from proxy.ohif.installed import read_installed
from proxy.ohif.package import INTEGRITY, PAGE
from proxy.ohif.preparing import prepare
from tests.proxy.ohif.packages import SCRIPT, integrity, like_the_real_one, packed

Believe = Callable[[bytes], bytes]


@pytest.fixture
def believe(monkeypatch: pytest.MonkeyPatch) -> Believe:
    """Let a package be the known one."""

    def let(package: bytes) -> bytes:
        monkeypatch.setattr("proxy.ohif.preparing.INTEGRITY", integrity(package))
        return package

    return let


def test_what_led_to_the_root_is_led_below_the_path(believe: Believe, tmp_path: Path) -> None:
    manifest = prepare(believe(packed(like_the_real_one())), tmp_path / "ohif")
    assert {"sw.js", "ort/model.wasm", "app.js.map", "package.json"}.isdisjoint(manifest.files)
    page = gzip.decompress((tmp_path / "ohif" / f"{PAGE}.gz").read_bytes()).decode()
    assert 'href="/ohif/' in page
    assert 'href="/' not in page.replace("/ohif/", "")
    assert "service-worker" not in page
    assert "user-scalable" not in page
    bundle = gzip.decompress((tmp_path / "ohif" / "app.bundle.0123456789abcdef.js.gz").read_bytes()).decode()
    assert bundle == '__webpack_require__.p = "/ohif/"browserImportFunction(\'/ohif/'
    led = SCRIPT.replace('"/"', '"/ohif/"')
    hashes = [
        base64.b64encode(hashlib.sha256(f"{name},{led}".encode()).digest()).decode() for name in ("first", "second")
    ]
    assert manifest.scripts == tuple(f"'sha256-{one}'" for one in hashes)


def test_another_package_is_refused(tmp_path: Path) -> None:
    assert INTEGRITY.startswith("sha512-")
    with pytest.raises(ConfigurationError, match="SHA-512 differs"):
        prepare(packed(like_the_real_one()), tmp_path / "ohif")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("change", [b"", b'__webpack_require__.p = "/"' * 2])
def test_a_package_that_is_made_differently_is_refused(change: bytes, believe: Believe, tmp_path: Path) -> None:
    files = like_the_real_one() | {"package/dist/compute.bundle.0123456789abcdef.js": change}
    with pytest.raises(ConfigurationError, match=r"made differently: in compute\.bundle\.\*\.js"):
        prepare(believe(packed(files)), tmp_path / "ohif")
    assert not list(tmp_path.iterdir())


def test_a_package_without_a_page_is_refused(believe: Believe, tmp_path: Path) -> None:
    files = like_the_real_one()
    del files[f"package/dist/{PAGE}"]
    with pytest.raises(ConfigurationError, match=PAGE):
        prepare(believe(packed(files)), tmp_path / "ohif")


def test_nothing_is_written_outside_of_the_folder(believe: Believe, tmp_path: Path) -> None:
    link = tarfile.TarInfo("package/dist/link.js")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    strange = {"package/dist/../../out.js": b"1", "/package/dist/root.js": b"1", "other/package/dist/side.js": b"1"}
    manifest = prepare(believe(packed(like_the_real_one() | strange, link)), tmp_path / "ohif")
    assert {"link.js", "../../out.js", "root.js", "side.js"}.isdisjoint(manifest.files)
    assert [path.name for path in tmp_path.iterdir()] == ["ohif"]


def test_an_existing_folder_is_left_alone(believe: Believe, tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("kept")
    with pytest.raises(ConfigurationError, match="exists already"):
        prepare(believe(packed(like_the_real_one())), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_what_was_changed_afterwards_is_not_served(believe: Believe, tmp_path: Path) -> None:
    prepare(believe(packed(like_the_real_one())), tmp_path / "ohif")
    (tmp_path / "ohif" / f"{PAGE}.gz").write_bytes(gzip.compress(b"<script>stolen</script>"))
    with pytest.raises(ConfigurationError, match=r"`index\.html` is not what was installed"):
        read_installed(tmp_path / "ohif")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "holds no OHIF"),
        (b"[]", "holds no OHIF"),
        (b'{"version": "3.0.0", "base": "/ohif/", "files": {}, "scripts": []}', r"holds OHIF 3\.0\.0"),
        (b'{"version": "3.13.2", "base": "/ohif/", "files": {"../x": ""}, "scripts": []}', "outside"),
    ],
)
def test_a_folder_that_holds_something_else_is_refused(content: bytes, words: str, tmp_path: Path) -> None:
    (tmp_path / "MANIFEST.json").write_bytes(content)
    with pytest.raises(ConfigurationError, match=words):
        read_installed(tmp_path)


def test_only_decoders_may_compile_text(believe: Believe, tmp_path: Path) -> None:
    prepare(believe(packed(like_the_real_one())), tmp_path / "ohif")
    files = read_installed(tmp_path / "ohif")
    compiling = {name for name, file in files.items() if "'unsafe-eval'" in file.policy}
    assert compiling == {f"{number}.bundle.0123456789abcdef.js" for number in (136, 2299, 8097)}
    assert all("'unsafe-inline'" not in file.policy.partition("style-src")[0] for file in files.values())
    assert [name for name, file in files.items() if "'sha256-" in file.policy] == [PAGE]
