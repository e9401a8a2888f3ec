"""A person at a browser, as the journeys need one: signs in, reads, looks at the canvas, and notes what went wrong."""

from collections.abc import Sequence
from dataclasses import dataclass, field
import re
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Locator, Page, Request, expect

_WATCH = "addEventListener('securitypolicyviolation', (event) => reportViolation(event.violatedDirective))"

_PIXELS = """() => {
  const canvas = document.getElementById('canvas');
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let [sum, bright, colored, hash] = [0, 0, 0, 0];
  for (let at = 0; at < data.length; at += 4) {
    const [red, green, blue] = [data[at], data[at + 1], data[at + 2]];
    sum += green;
    if (green > 60) bright += 1;
    if (Math.max(red, green, blue) - Math.min(red, green, blue) > 40) colored += 1;
    hash = (Math.imul(hash, 31) + red + (green << 8) + (blue << 16)) | 0;
  }
  const count = data.length / 4;
  return { mean: sum / count, bright: bright / count, colored: colored / count, hash };
}"""


@dataclass(frozen=True)
class Pixels:
    """What is on the canvas: mean of green, share of bright and of coloured pixels, and a hash to tell change by."""

    mean: float
    bright: float
    colored: float
    hash: int


@dataclass
class Visitor:
    """`violations` of the content security policy, `departures` to other origins and `errors` of scripts are noted."""

    context: BrowserContext
    origin: str
    provider: str
    page: Page = field(init=False)
    violations: list[str] = field(default_factory=list)
    departures: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.context.expose_function("reportViolation", self._note_violation)
        self.context.add_init_script(_WATCH)
        self.context.on("request", self._note_departure)
        self.page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.errors.append(f"dialog {dialog.message}"), dialog.dismiss()))

    def _note_violation(self, directive: str) -> None:
        self.violations.append(directive)

    def _note_departure(self, request: Request) -> None:
        """Signing in at the provider is the one thing that leaves: a navigation of the whole page."""
        to = urlsplit(request.url)
        if to.scheme in {"blob", "data"} or f"{to.scheme}://{to.netloc}" == self.origin:
            return
        if not (request.is_navigation_request() and request.url.startswith(self.provider)):
            self.departures.append(request.url)

    def sign_in(self, person: str, purpose: str = "TREAT") -> None:
        """Choose `purpose` at the portal and the person whose subject is `person` at the provider."""
        self.page.goto(f"{self.origin}/portal")
        self.page.locator(f"[data-purpose={purpose}]").click()
        self.page.get_by_text(re.compile(person.replace("-", "[ -]"), re.IGNORECASE)).first.click()
        expect(self.page.get_by_role("button", name="Sign out")).to_be_visible()

    def open_patient(self, identifier: str) -> None:
        self.page.locator(".patient", has_text=identifier).click()
        expect(self.page.locator(".year").first).to_be_visible()

    def look_up(self, authority: str, value: str) -> None:
        self.page.get_by_label("Assigned by").fill(authority)
        self.page.get_by_label("Identifier").fill(value)
        self.page.get_by_role("button", name="Find studies").click()

    def studies(self) -> Locator:
        return self.page.locator(".study")

    def open_study(self, words: str) -> None:
        self.page.locator("a.study", has_text=words).click()
        self.wait_for_image(1)

    def open_series(self, words: str) -> None:
        self.page.locator("#series button", has_text=words).click()
        expect(self.page.locator("#series button[aria-current=true]")).to_contain_text(words)
        self.wait_for_image(1)

    def wait_for_image(self, number: int) -> None:
        """Until image `number` is painted, and said to be."""
        self.page.wait_for_selector(f"#pane[data-painted='{number}']")
        expect(self.page.locator("#pane .counter")).to_have_text(f"Image {number} / {self.count()}")

    def count(self) -> int:
        return int(self.page.locator("#slider").get_attribute("max") or 0)

    def pixels(self) -> Pixels:
        return Pixels(**self.page.evaluate(_PIXELS))

    def press(self, keys: Sequence[str]) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def take_up(self, tool: str) -> None:
        """A tool of the toolbar, which is fetched when it is first asked for, with the keys on the image."""
        button = self.page.locator(f"[data-tool={tool}]")
        button.click()
        expect(button).to_have_attribute("aria-pressed", "true")
        self.page.locator("#pane").focus()

    def measure_a_length(self) -> None:
        """By keys, in the middle of the image."""
        self.take_up("length")
        self.press(["Enter"])
        expect(self.page.locator(".reading")).to_be_visible()

    def assert_clean(self) -> None:
        assert (self.violations, self.departures, self.errors) == ([], [], [])
