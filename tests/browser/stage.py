"""A stage for the pages: the portal's JSON and rendered frames of drawn phantoms, slow or failing when told to.

`python stage.py PORT` serves it on loopback. `POST /control` with `{"delay": seconds, "failures": {"2/7": 502}}` makes
frames of series 2, image 7 fail from then on; `{"session": {…}}` changes who is signed in.
"""

import asyncio
from collections.abc import Callable
import functools
import sys
from typing import Any

import cv2
from granian.constants import Interfaces
from granian.server.embed import Server
import numpy as np
import numpy.typing as npt
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from proxy.http.headers import SecurityHeaders, content_security_policy
from proxy.viewer.files import page, read_files, static
from tests.browser import unfolding
from tests.browser.unfolding import HOSTILE

STUDY = "1.2.3"
SERIES = {
    "1": ("CT", "Chest"),
    "2": ("DX", "Chest PA"),
    "3": ("US", "Four chambers"),
    "4": ("XC", HOSTILE),
    "5": ("SR", "Findings"),
}
FRAMES = {"1": 120, "2": 1, "3": 30, "4": 1}
SIGNED_OUT = {"signed_in": False, "name": "", "organization": "", "roles": [], "purpose": "", "expires": 0}
CLINICIAN = {
    "signed_in": True,
    "name": "Treating clinician",
    "organization": "General Hospital",
    "roles": ["clinician"],
    "purpose": "TREAT",
}
OFFERED = {"exchange": "Stage", "purposes_offered": ["TREAT", "ETREAT", "PATRQT", "HOPERAT"]}

Image = npt.NDArray[np.float64]


def element(vr: str, *values: Any) -> dict[str, Any]:
    return {"vr": vr, "Value": list(values)}


def instance(series: str, number: int, study: str = STUDY) -> dict[str, Any]:
    modality, description = SERIES[series]
    dataset = {
        "00080020": element("DA", "20261112" if study == STUDY else "20250310"),
        "00080030": element("TM", "140512"),
        "00080060": element("CS", modality),
        "00080018": element("UI", f"{study}.{series}.{number}"),
        "00081030": element("LO", "Chest with contrast"),
        "0008103E": element("LO", description),
        "00100010": element("PN", {"Alphabetic": "Yamada^Tarou", "Ideographic": "山田^太郎"}),
        "00100020": element("LO", "G-1001"),
        "00100030": element("DA", "19610312"),
        "0020000D": element("UI", study),
        "0020000E": element("UI", f"{study}.{series}"),
        "00200011": element("IS", int(series)),
        "00200013": element("IS", number),
    }
    return dataset | _pixels(series, number)


def _pixels(series: str, number: int) -> dict[str, Any]:
    sizes = {"1": (512, 512), "2": (1600, 1300), "3": (480, 640), "4": (600, 800)}
    if series not in sizes:
        return {}
    rows, columns = sizes[series]
    color = series in {"3", "4"}
    own = {
        "00280010": element("US", rows),
        "00280011": element("US", columns),
        "00280004": element("CS", "RGB" if color else "MONOCHROME2"),
    }
    if series == "1":
        own |= {"00200032": element("DS", -180, -180, 300 - 2.5 * number), "00200037": element("DS", 1, 0, 0, 0, 1, 0)}
        own |= {"00281052": element("DS", -1024), "00281053": element("DS", 1), "00281054": element("LO", "HU")}
    if series == "3":
        own |= {"00280008": element("IS", FRAMES["3"]), "00181063": element("DS", 40)}
    return own


@functools.cache
def drawn(series: str, number: int) -> Image:
    """A picture that differs from frame to frame: numbers for grey, BGR for colour."""
    if series == "1":
        rows, columns = np.mgrid[0:512, 0:512]
        image = np.full((512, 512), -1000.0)
        image[((columns - 256) / 200) ** 2 + ((rows - 256) / 150) ** 2 < 1] = 40
        image[(columns - 150 - number) ** 2 + (rows - 250) ** 2 < 60**2] = -700
        return image
    if series == "2":
        return np.tile(np.linspace(0, 4000, 1300), (1600, 1))
    color = np.zeros((480, 640, 3) if series == "3" else (600, 800, 3))
    cv2.circle(color, (320, 240), 40 + 4 * (number % 30), (30, 60, 220), -1)
    return color


class Stage:
    """What is on, and what goes wrong; `asked` are the addresses of rendered frames."""

    def __init__(self) -> None:
        self.session: dict[str, Any] = SIGNED_OUT
        self.delay = 0.0
        self.failures: dict[str, int] = {}
        self.study_failure = 0
        self.silent = False
        self.partial = False
        self.long = False
        self.held = False
        self.unreadable = False
        self.notices: list[str] = []

    async def control(self, request: Request) -> Response:
        self.__dict__.update(await request.json())
        return Response(status_code=204)

    async def sign_in(self, request: Request) -> Response:
        purpose = request.query_params["purpose"]
        role = {"PATRQT": "patient", "HOPERAT": "privacy-officer"}.get(purpose, "clinician")
        self.session = {**CLINICIAN, "purpose": purpose, "roles": [role]}
        return RedirectResponse(request.query_params["return"], 303)

    async def sign_out(self, request: Request) -> Response:
        self.session = SIGNED_OUT
        return RedirectResponse("/portal", 303)

    async def who(self, request: Request) -> Response:
        return JSONResponse({**OFFERED, **self.session})

    async def studies(self, request: Request) -> Response:
        told = self._rows()
        return JSONResponse({"studies": told, **self._ending(told)})

    async def unfolding(self, request: Request) -> Response:
        if self.unreadable:
            return Response("nothing here", media_type="text/plain")
        told = self._rows()
        return StreamingResponse(
            unfolding.events(told, self._ending(told), lambda: self.held), media_type="text/event-stream"
        )

    def _rows(self) -> list[dict[str, Any]]:
        return unfolding.rows(STUDY, long=self.long) if self.session["signed_in"] else []

    def _ending(self, told: list[dict[str, Any]]) -> dict[str, Any]:
        state = "timed-out" if self.silent else "answered"
        return {"sources": unfolding.sources(told, state), "notices": self.notices, "found": None}

    async def series(self, request: Request) -> Response:
        if self.study_failure:
            return problem(self.study_failure, "you have no treating relationship with this patient")
        study = request.path_params["study"]
        rows = [instance(one, 1, study) | {"00201209": element("IS", FRAMES.get(one, 1))} for one in SERIES]
        headers = {"Link": '</federation/status/7>; rel="describedby"; type="application/json"'}
        if self.partial:
            headers["Warning"] = "299 http://stage: Lakeside Imaging failed; its results are missing"
        return JSONResponse(rows, headers=headers, media_type="application/dicom+json")

    async def metadata(self, request: Request) -> Response:
        series = _series(request)
        count = FRAMES["1"] if series == "1" else 1
        rows = [instance(series, number, request.path_params["study"]) for number in range(1, count + 1)]
        return JSONResponse(rows, media_type="application/dicom+json")

    async def rendered(self, request: Request) -> Response:
        await asyncio.sleep(self.delay)
        series = _series(request)
        number = int(
            request.path_params["frame"] if series == "3" else request.path_params["instance"].rpartition(".")[2]
        )
        if not self.session["signed_in"]:
            return problem(401, "sign in to continue")
        status = self.failures.get(f"{series}/{number}")
        return (
            problem(status, "the archive did not answer as it should") if status else to_jpeg(series, number, request)
        )

    async def report(self, request: Request) -> Response:
        return Response(f"FINDINGS\n\nNo fracture. {HOSTILE}", media_type="text/plain")

    async def thumbnail(self, request: Request) -> Response:
        series = _series(request)
        return problem(406, "there is no image here") if series in {"3", "5"} else to_jpeg(series, 1, request)


def _series(request: Request) -> str:
    return str(request.path_params.get("series", "1")).rpartition(".")[2]


def problem(status: int, detail: str) -> Response:
    return JSONResponse({"status": status, "detail": detail}, status, media_type="application/problem+json")


def to_jpeg(series: str, number: int, request: Request) -> Response:
    image = drawn(series, number)
    members = ""
    if image.ndim == 2:
        text = request.query_params.get("window", "40,400,linear" if series == "1" else "2000,4000,linear")
        center, width = map(float, text.split(",")[:2])
        image = np.clip((image - center) / width + 0.5, 0, 1) * 255
        members = f', window="{text}"'
    scale = int(request.query_params["viewport"].split(",")[0]) / max(image.shape[:2])
    scaled = cv2.resize(image.astype(np.uint8), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    data = cv2.imencode(".jpg", scaled, [cv2.IMWRITE_JPEG_QUALITY, int(request.query_params.get("quality", 90))])[
        1
    ].tobytes()
    header = f"columns={scaled.shape[1]}, rows={scaled.shape[0]}{members}, lossy=?1"
    return Response(data, media_type="image/jpeg", headers={"Vitrine-Rendering": header})


def always(document: object) -> Callable[[Request], Any]:
    async def answer(request: Request) -> Response:
        return JSONResponse(document)

    return answer


AUTHORITIES = [{"authority": "GENERAL", "name": "General Hospital"}]
STATUS = {
    "sources": [
        {"institution": "general", "name": "General Hospital", "archive": "general", "state": "answered", "rows": 5},
        {"institution": "lakeside", "name": "Lakeside Imaging", "archive": "lakeside", "state": "failed", "rows": 0},
    ]
}
RULE = """@id("hie.treating")
@says("A clinician who treats the patient sees the study.")
permit (principal, action, resource);
"""
PATIENTS = [{"identifiers": [{"authority": "GENERAL", "value": "G-1001"}], "relationship": "encounter"}]
ARCHIVES = [
    {
        "archive": "general-main",
        "institution": "general",
        "name": "General Hospital",
        "condition": "outside-hours",
        "since": None,
        "seconds_left": 5400,
        "waiting": {"1": 1, "6": 2},
        "in_use": 3,
        "requests": 12,
        "bytes": 1_536_000,
        "bytes_today": 1_536_000,
        "budget": 2_000_000_000,
        "refusals": {"busy": 0, "outside-hours": 4},
        "last_failure": {"words": "the archive cannot be reached", "time": "2026-11-27T12:00:00.000000Z"},
        "median_seconds": 0.012,
        "p95_seconds": 0.2,
        "probed": "2026-11-27T12:00:00+00:00",
        "changes": [{"what": "search: limit", "before": "honoured", "now": "ignored"}],
        "changed": "2026-11-27T12:00:00+00:00",
        "changes_found": 1,
        "hours": ["mon-fri 07:00-19:00"],
        "time_zone": "Europe/Berlin",
    }
]
EVENTS = [
    {
        "time": "2026-11-24T15:00:00Z",
        "kind": kind,
        "outcome": outcome,
        "subject": "demo:x",
        "name": HOSTILE,
        "organization": "General Hospital",
        "purpose": "TREAT",
        "institution": "general",
        "patient": "GENERAL|G-1001",
        "study": STUDY,
        "reasons": ["hie.treating"],
        "frames": frames,
    }
    for kind, outcome, frames in (("view-opened", "success", 412), ("view-refused", "refused", 0))
]


def build(stage: Stage) -> Starlette:
    files = read_files()
    below = "/dicomweb/studies/{study}/series/{series}"
    policy = {
        "version": "0" * 64,
        "files": [{"name": "hie/treating.cedar", "text": RULE}],
    }
    return Starlette(
        routes=[
            Route("/portal", page(files["portal/index.html"])),
            Route("/viewer", page(files["viewer/index.html"])),
            Route("/static/{file:path}", static(files)),
            Route("/control", stage.control, methods=["POST"]),
            Route("/auth/login", stage.sign_in),
            Route("/auth/logout", stage.sign_out, methods=["POST"]),
            Route("/portal/session", stage.who),
            Route("/portal/patients", always(PATIENTS)),
            Route("/portal/expected", always({"patients": [], "told": False})),
            Route("/portal/relationships", always([])),
            Route("/portal/authorities", always(AUTHORITIES)),
            Route("/portal/patients/match/offered", always({"match": False})),
            Route("/federation/status/7", always(STATUS)),
            Route("/portal/studies", stage.studies),
            Route("/portal/studies/events", stage.unfolding),
            Route("/portal/source", always({"institution": "general", "name": "General Hospital", "values": False})),
            Route("/portal/audit", always(EVENTS)),
            Route("/portal/policy", always(policy)),
            Route("/portal/archives", always(ARCHIVES)),
            Route("/dicomweb/studies/{study}/series", stage.series),
            Route("/dicomweb/studies/{study}/thumbnail", stage.thumbnail),
            Route(below + "/metadata", stage.metadata),
            Route(below + "/thumbnail", stage.thumbnail),
            Route(below + "/instances/{instance}/frames/{frame}/rendered", stage.rendered),
            Route(below + "/instances/{instance}/rendered", stage.report),
        ],
        middleware=[Middleware(SecurityHeaders, policy=content_security_policy(), secure=False)],
    )


async def serve(port: int) -> None:
    await Server(build(Stage()), port=port, interface=Interfaces.ASGINL, log_enabled=False).serve()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
