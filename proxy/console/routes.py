"""The officers' console: its page, and what the page asks besides the policy's life, labels, consents and reviews.

| method, path | what | answer |
|---|---|---|
| GET /console | the page | |
| GET /console/api/officer | who asks, and what they answer for | `{name, institution, may_change, …}` |
| GET /console/api/words | what rules by form may speak of | `{facts, roles, capabilities, institutions, …}` |
| POST /console/api/rules/read | `{path, text}`: a file's rules | `{rules: [{id, text, form}], rest, problem}` |
| POST /console/api/rules/write | `{path, form}`: a form as Cedar | `{text}` |
| POST /console/api/cases/accept | `{changes, cases: [{file, name}]}`: as the draft answers | `{files: {path: text}}` |
| POST /console/api/try | a question (trying.py) | `{version, answers}` |
| GET /console/api/decisions | what was decided lately | `[{event, at, subject, study, permitted, because, …}]` |
| GET /console/api/people | who signed in lately | `[{subject, name, roles, …}]` |
| GET /console/api/anomalies | accesses that should be looked at, with clocks | `[{case, findings, due, …}]` |
| PUT /console/api/anomalies/{case} | `{finding, reason}` | the disposition |
| POST /console/api/audit/search | a filter (audit/search.py), `before` | `{events, rules, before}`, newest first |
| POST /console/api/audit/figures | a filter | `{views, emergencies, people, days, pairs, truncated}` |
| GET, PUT, DELETE /console/api/audit/filters | `{name, filter, days}`; `{name}` | what the officer keeps |

All is for officers: those of the exchange see everything, those of an institution what is about their own. Nothing here
leads to an image.
"""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from proxy.console.console import Console
from proxy.http.json import json_response
from proxy.viewer.files import page, read_files

PAGE: Final = "/console"
ROOT: Final = "/console/api"


def routes(console: Console) -> list[BaseRoute]:
    async def who(request: Request) -> Response:
        officer = await console.officers.reading(request)
        subject, known = officer.caller.subject, console.officers.institutions
        document = {
            "subject": subject,
            "institution": officer.institution,
            "may_change": console.named.of_subject(subject) is not None,
            "institutions": [{"id": one.id, "name": one.name} for one in known if officer.answers_for(one.id)],
        }
        return json_response(request, document)

    return [
        Route(PAGE, page(read_files()["console/index.html"])),
        Route(f"{ROOT}/officer", who),
        Route(f"{ROOT}/words", console.forms.words),
        Route(f"{ROOT}/rules/read", console.forms.read, methods=["POST"]),
        Route(f"{ROOT}/rules/write", console.forms.write, methods=["POST"]),
        Route(f"{ROOT}/cases/accept", console.cases.accept, methods=["POST"]),
        Route(f"{ROOT}/try", console.trying.ask, methods=["POST"]),
        Route(f"{ROOT}/decisions", console.decisions.all),
        Route(f"{ROOT}/people", console.decisions.people),
        Route(f"{ROOT}/anomalies", console.anomalies.all),
        Route(f"{ROOT}/anomalies/{{case}}", console.anomalies.dispose, methods=["PUT"]),
        Route(f"{ROOT}/audit/search", console.search.search, methods=["POST"]),
        Route(f"{ROOT}/audit/figures", console.search.figures, methods=["POST"]),
        Route(f"{ROOT}/audit/filters", console.filters.all),
        Route(f"{ROOT}/audit/filters", console.filters.keep, methods=["PUT"]),
        Route(f"{ROOT}/audit/filters", console.filters.remove, methods=["DELETE"]),
    ]
