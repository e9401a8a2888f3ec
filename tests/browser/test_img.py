"""A plain `<img>`, with the Accept header that Chromium itself sends and the cookie of whoever is signed in."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

_FIRST_FRAME = """async () => {
  const [study] = await (await fetch('/dicomweb/studies?ModalitiesInStudy=CT&PatientID=G-1001')).json();
  const [instance] = await (await fetch(`${study['00081190'].Value[0]}/instances?limit=1`)).json();
  return `${instance['00081190'].Value[0]}/frames/1`;
}"""
_SHOW = """async (source) => {
  const image = new Image();
  image.src = source;
  await image.decode().catch(() => undefined);
  return [image.naturalWidth, image.naturalHeight];
}"""


def shown(visitor: Visitor, source: str) -> Any:
    return visitor.page.evaluate(_SHOW, source)


def test_an_image_element_shows_rendered_frames_and_thumbnails(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    visitor.sign_in("treating-clinician")
    frame = visitor.page.evaluate(_FIRST_FRAME)
    assert shown(visitor, f"{frame}/rendered") == [512, 512]
    assert shown(visitor, f"{frame}/rendered?viewport=100,100&window=40,400,linear") == [100, 100]
    assert max(shown(visitor, f"{frame}/thumbnail")) == 128
    assert shown(visitor, f"{frame}/rendered?window=nonsense") == [0, 0]
    visitor.assert_clean()
