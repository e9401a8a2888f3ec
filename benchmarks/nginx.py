"""nginx as an origin that costs nothing and as the reverse proxy to compare with."""

from collections.abc import Iterator
from contextlib import contextmanager
import os
from pathlib import Path
import shutil

from benchmarks.processes import OTHER_CORE, running

_FRAME = """
daemon off;
{user}
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log error;
events {{ worker_connections 4096; multi_accept on; }}
http {{
  {log}
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 100000000;
  open_file_cache max=2000 inactive=1h;
  types {{ }}
  {content}
}}
"""
_PROXY = """
  upstream archive {{ server 127.0.0.1:{archive}; keepalive 128; }}
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location / {{
      proxy_pass http://archive;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host 127.0.0.1:{archive};
      proxy_max_temp_file_size 0;
      proxy_buffers 16 64k;
      proxy_busy_buffers_size 256k;
    }}
  }}
"""


@contextmanager
def origin(folder: Path, port: int, locations: str, log: Path | None = None) -> Iterator[int]:
    """Serve the given `location` blocks on `port`; the process id. `log` gets the bytes of each answer, in lines."""
    content = f"server {{ listen 127.0.0.1:{port} backlog=4096; {locations} }}"
    with _nginx(folder / "origin", port, content, OTHER_CORE, log) as pid:
        yield pid


@contextmanager
def reverse_proxy(folder: Path, port: int, archive: int, core: int) -> Iterator[int]:
    """A reverse proxy as one would tune it for frames: keep-alive, large buffers, never a temporary file."""
    with _nginx(folder / "reverse-proxy", port, _PROXY.format(port=port, archive=archive), core) as pid:
        yield pid


@contextmanager
def _nginx(folder: Path, port: int, content: str, core: int, log: Path | None = None) -> Iterator[int]:
    folder.mkdir()
    configuration = folder / "nginx.conf"
    user = "user root;" if os.geteuid() == 0 else ""  # else its workers could not read the folder
    logging = f"log_format bytes '$body_bytes_sent'; access_log {log} bytes;" if log else "access_log off;"
    configuration.write_text(_FRAME.format(folder=folder, content=content, user=user, log=logging), "ascii")
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/bin") or "nginx"
    command = [program, "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(configuration)]
    with running(command, port, folder / "output.log", core) as pid:
        yield pid
