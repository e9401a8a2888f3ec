"""Accounting of disclosures: who looked at a patient's studies, or at an institution's (45 CFR 164.528).

| method, path | what | answer |
|---|---|---|
| POST /accounting | `{patient?, institution?, from, to, refused?, format?, kept?}` | the account, in that form |

The question is a body and never a part of an address, where it would be written down on the way.
"""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from proxy.accounting.accounts import Accounts
from proxy.accounting.documents import SUFFIXES
from proxy.accounting.question import Format, Question
from proxy.http.bodies import read_body

PATH: Final = "/accounting"


def routes(accounts: Accounts) -> list[BaseRoute]:
    async def account(request: Request) -> Response:
        reader = await accounts.readers.reader(request, "accounting")
        question = await read_body(request, Question)
        document = await accounts.answer(reader, question)
        name = f"disclosures-{question.since}-{question.to}.{SUFFIXES[question.format]}"
        headers = {} if question.format is Format.JSON else {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(document.body, headers=headers, media_type=document.media_type)

    return [Route(PATH, account, methods=["POST"])]
