"""OHIF as a hospital adds it: the built viewer of npm's `@ohif/app`, behind the nginx that leads to Vitrine as well."""

from base64 import b64encode
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from hashlib import sha512
import json
import os
from pathlib import Path
import re
import shutil
import subprocess
import tarfile
import tempfile
from typing import Any

from proxy.ohif.package import INTEGRITY, NAME, VERSION

_HOME = Path(__file__).parent / "node_modules" / f"ohif-{VERSION}"
_BUILT = "package/dist/"
_LEFT_OUT = re.compile(rf"{_BUILT}ort/|.*\.map$")
"""A runtime for segmenting, which no test uses, and source maps: three quarters of the package."""

CONFIGURATION: dict[str, Any] = {
    "extensions": [],
    "modes": [],
    "showStudyList": True,
    "maxNumberOfWebWorkers": 1,
    "useCPURendering": True,
    "investigationalUseDialog": {"option": "never"},
    "customizationService": [{"ohif.tours": {"$set": []}}],
    "defaultDataSourceName": "exchange",
    "dataSources": [
        {
            "namespace": "@ohif/extension-default.dataSourcesModule.dicomweb",
            "sourceName": "exchange",
            "configuration": {
                "friendlyName": "The exchange",
                "name": "exchange",
                "qidoRoot": "/dicomweb",
                "wadoRoot": "/dicomweb",
                "imageRendering": "wadors",
                "thumbnailRendering": "thumbnail",
                "thumbnailRequestStrategy": "fetch",
                "enableStudyLazyLoad": True,
                "supportsFuzzyMatching": True,
                "supportsWildcard": False,
                "dicomUploadEnabled": False,
                "queryLimit": 2000,
                "singlepart": "bulkdata,pdf,video",
                "bulkDataURI": {"enabled": True},
                "omitQuotationForMultipartRequest": True,
            },
        }
    ],
}
_NGINX = """
daemon off;
{user}
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log error;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  types {{
    text/html html; text/css css; text/javascript js mjs; application/json json; application/wasm wasm;
    image/svg+xml svg; image/png png; image/x-icon ico; font/ttf ttf; font/woff woff; font/woff2 woff2;
  }}
  server {{
    listen 127.0.0.1:{port};
    root {viewer};
    location / {{ try_files $uri /index.html; }}
    location = /app-config.js {{ alias {folder}/app-config.js; }}
    location /dicomweb {{
      proxy_pass {service};
      proxy_http_version 1.1;
      proxy_max_temp_file_size 0;
      proxy_set_header Host $http_host;
      proxy_set_header Authorization "Bearer {token}";
    }}
  }}
}}
"""


def viewer() -> Path:
    """The folder of the built viewer, fetched once, compared with what is pinned, and never run outside a browser."""
    if not _HOME.exists():
        _HOME.parent.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=_HOME.parent) as folder:
            command = ["npm", "pack", f"{NAME}@{VERSION}", "--ignore-scripts", "--silent"]
            subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=300)
            (package,) = Path(folder).glob("*.tgz")
            digest = b64encode(sha512(package.read_bytes()).digest()).decode()
            assert f"sha512-{digest}" == INTEGRITY, "another package than the one pinned"
            with tarfile.open(package) as archive:
                archive.extractall(folder, members=_wanted(archive), filter="data")
            shutil.move(f"{folder}/{_BUILT}", _HOME)
    return _HOME


def _wanted(archive: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    for member in archive:
        if member.isfile() and member.name.startswith(_BUILT) and not _LEFT_OUT.match(member.name):
            yield member


@contextmanager
def start_ohif(folder: Path, port: int, service: str, token: str) -> Generator[str]:
    """Serve the viewer on `port` beside `service`, for whoever `token` is of; gives the origin.

    nginx adds the token, as an authenticating reverse proxy does.
    """
    folder.mkdir()
    (folder / "app-config.js").write_text(f"window.config = {json.dumps(CONFIGURATION)};", "utf-8")
    text = _NGINX.format(
        user="user root;" if os.geteuid() == 0 else "",  # else its workers could not read the folder
        folder=folder,
        port=port,
        viewer=viewer(),
        service=service,
        token=token,
    )
    (folder / "nginx.conf").write_text(text, "utf-8")
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/bin") or "nginx"
    command = [program, "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")]
    process = subprocess.Popen(command)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)
