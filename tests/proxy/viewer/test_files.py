"""The portal's files are answered from a fixed table: right types, validators and codings, and nothing else."""

from collections.abc import AsyncIterator
import gzip
from pathlib import Path
import tomllib

import httpx
from hypothesis import given
from hypothesis import strategies as st
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from proxy.errors import NotFound
from proxy.viewer.files import FOLDER, OWN, PACKAGES, read_files, static

FILES = read_files()


async def _not_found(request: Request, error: Exception) -> Response:
    return Response(status_code=404)


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    app = Starlette(routes=[Route("/static/{file:path}", static(FILES))], exception_handlers={NotFound: _not_found})
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://portal.test") as client:
        yield client


def test_every_file_of_the_pages_is_in_the_table() -> None:
    own = [path.relative_to(FOLDER) for path in FOLDER.glob("[!n]*/**/*.*") if path.suffix in OWN]
    assert set(FILES) - set(PACKAGES) == {path.as_posix() for path in own}
    assert {"portal/index.html", "viewer/index.html", "viewer/viewer.js", "shared/base.css"} <= set(FILES)


@pytest.mark.parametrize(
    ("file", "media_type"),
    [
        ("viewer/viewer.js", "text/javascript; charset=utf-8"),
        ("shared/base.css", "text/css; charset=utf-8"),
        ("languages/ar.json", "application/json"),
        ("shared/mark.svg", "image/svg+xml"),
        ("vendor/openjph/openjphjs.wasm", "application/wasm"),
        ("vendor/openjph/LICENSE.txt", "text/plain; charset=utf-8"),
    ],
)
async def test_types(client: httpx.AsyncClient, file: str, media_type: str) -> None:
    answer = await client.get(f"/static/{file}", headers={"Accept-Encoding": "identity"})
    assert answer.headers["content-type"] == media_type
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.content == (FOLDER / PACKAGES.get(file, file)).read_bytes()


async def test_the_decoder_alone_may_compile_and_only_webassembly(client: httpx.AsyncClient) -> None:
    policies = {name: (await client.get(f"/static/{name}")).headers.get("content-security-policy") for name in FILES}
    named = {name: policy for name, policy in policies.items() if policy}
    assert set(named) == {"viewer/picture/htj2k/decoder.js"}
    (policy,) = named.values()
    assert "'wasm-unsafe-eval'" in policy
    assert "'unsafe-" not in policy


async def test_compressed_where_that_is_accepted(client: httpx.AsyncClient) -> None:
    request = client.build_request("GET", "/static/viewer/viewer.js", headers={"Accept-Encoding": "gzip"})
    answer = await client.send(request, stream=True)
    body = b"".join([piece async for piece in answer.aiter_raw()])
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["vary"] == "Accept-Encoding"
    assert gzip.decompress(body) == (FOLDER / "viewer/viewer.js").read_bytes()


async def test_unchanged_files_are_not_sent_again(client: httpx.AsyncClient) -> None:
    first = await client.get("/static/viewer/viewer.js")
    again = await client.get("/static/viewer/viewer.js", headers={"If-None-Match": f'"other", {first.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    other = await client.get("/static/viewer/viewer.js", headers={"If-None-Match": '"other"'})
    assert other.status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "",
        "viewer",
        "viewer/",
        "viewer/absent.js",
        "package.json",
        PACKAGES["vendor/openjph/openjphjs.js"],
        "../pyproject.toml",
        "%2e%2e/pyproject.toml",
        "viewer/../../LICENSE",
    ],
)
async def test_what_is_not_in_the_table_is_not_there(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(f"/static/{path}")).status_code == 404


@given(st.text(max_size=60))
def test_only_exact_names_are_found(path: str) -> None:
    assert (path in FILES) == (path in {name for name in FILES if (FOLDER / PACKAGES.get(name, name)).is_file()})


def test_other_kinds_of_files_are_not_read(tmp_path: Path) -> None:
    for name in ("page/notes.txt", "page/index.html", "package.json", "node_modules/package/index.js"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("words")
    assert set(read_files(tmp_path)) == {"page/index.html"}


def test_without_packages_there_are_the_pages_and_one_line_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "page").mkdir()
    (tmp_path / "page/index.html").write_text("<!doctype html>")
    assert read_files(tmp_path) == read_files(tmp_path)
    assert [record.message for record in caplog.records] == [
        "packages of the pages are missing, npm ci in web/ fetches them"
    ]


def test_all_that_is_served_of_packages_is_installed_with_the_service() -> None:
    data = tomllib.loads((FOLDER.parent / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["package-data"]
    assert set(data["web"]) == {path for path in PACKAGES.values() if path.startswith("node_modules/")}
