"""Another site's page learns nothing with the cookie of whoever looks at it: not even whether an image exists."""

import pytest

from tests.proxy.viewer.front import Front, caller


@pytest.mark.parametrize(
    ("site", "mode", "status"),
    [
        ("same-origin", "cors", 200),
        ("none", "navigate", 200),
        ("cross-site", "navigate", 200),
        ("cross-site", "no-cors", 401),
        ("cross-site", "cors", 401),
        ("same-site", "no-cors", 401),
        (None, None, 200),
    ],
)
async def test_a_cookie_counts_on_requests_of_our_own_pages(
    front: Front, site: str | None, mode: str | None, status: int
) -> None:
    front.sign_in(caller("treating-clinician"))
    sent = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode}
    answer = await front.client.get("/portal/patients", headers={name: value for name, value in sent.items() if value})
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("destination", "status"), [("document", 200), ("iframe", 401), ("object", 401), ("embed", 401), ("frame", 401)]
)
async def test_what_another_site_frames_is_no_page_that_somebody_opens(
    front: Front, destination: str, status: int
) -> None:
    front.sign_in(caller("treating-clinician"))
    sent = {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": destination}
    assert (await front.client.get("/portal/patients", headers=sent)).status_code == status
