"""Which package of OHIF is prepared, and how it looks inside: what differs is refused, not guessed at."""

import re
from typing import Final

NAME: Final = "@ohif/app"
VERSION: Final = "3.13.2"
INTEGRITY: Final = "sha512-WZdxmpmG7rqFgW9ZJLcbgr3XCtLi1KDNPoMaeY5PPe6j4G4fjEjjkycZM6C6Zk2F87BKxFfpq+jd5xXZB9E8EA=="
"""Of the tarball that `npm pack` fetches, as Subresource Integrity writes it."""

BASE: Final = "/ohif/"
"""Below which it is served; it is built for the root of a host."""

PAGE: Final = "index.html"
CONFIGURATION: Final = "app-config.js"
LICENSE: Final = "LICENSE"

LEFT_OUT: Final = re.compile(
    r".*\.map|ort/.*|customizations/.*|google\.js|sw\.js|init-service-worker\.js|_headers|_redirects|serve\.json"
    r"|app-config\.js|silent-refresh\.html|oidc-client\.min\.js|.*startup-image.*"
)
"""Source maps, models for segmentation by a neural network, and what belongs to its makers' own site."""

EVALUATING: Final = ("136.bundle.", "2299.bundle.", "8097.bundle.", "dicom-microscopy-viewer/dataLoader.worker.")
"""Starts of the names of workers whose decoders compile functions from text; a worker has a policy of its own."""

_CHUNKS: Final = '__webpack_require__.p = "{root}"'

REWRITTEN: Final[tuple[tuple[str, str, int], ...]] = (
    ("136.bundle.*.js", _CHUNKS, 1),
    ("2299.bundle.*.js", _CHUNKS, 1),
    ("8097.bundle.*.js", _CHUNKS, 1),
    ("app.bundle.*.js", _CHUNKS, 1),
    ("app.bundle.*.js", "browserImportFunction('{root}", 1),
    ("compute.bundle.*.js", _CHUNKS, 1),
    ("histogram-worker.bundle.*.js", _CHUNKS, 1),
    ("interpolation.bundle.*.js", _CHUNKS, 1),
    ("polySeg.bundle.*.js", _CHUNKS, 1),
    ("app.bundle.css", "url({root}", 5),
    (PAGE, 'src="{root}', 2),
    (PAGE, 'href="{root}', 18),
    (PAGE, 'content="{root}', 2),
    (PAGE, 'PUBLIC_URL="{root}', 2),
)
"""Files, what in them leads to the root of the host and is led to `BASE` instead, and how often it must be found."""

REMOVED: Final = (
    rb'<link rel="apple-touch-startup-image"[^>]*>',
    rb'<script rel="preload" as="script" type="module" src="[^"]*init-service-worker\.js"></script>',
    rb",maximum-scale=1\.0,user-scalable=no",
)
"""What is taken out of the page: pictures that are left out, a service worker that keeps copies, a ban on zooming."""
