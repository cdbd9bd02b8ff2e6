"""One visit to a page in a real browser: waited for until it is drawn, then looked at and measured."""

import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

STANDARDS = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
}
WIDTHS = (1280, 375)
NARROWEST = 320
LOOK = """() => {
  const all = (picked) => [...document.querySelectorAll(picked)];
  const seen = (node) => { const box = node.getBoundingClientRect(); return box.width > 1 && box.height > 1; };
  const text = () => document.querySelector('.stMainBlockContainer').innerText;
  const whole = text();
  // The labels of an axis are no figures: the marks' own texts are looked at by themselves.
  all('.stVegaLiteChart').forEach((chart) => { chart.style.visibility = 'hidden'; });
  const without = text();
  all('.stVegaLiteChart').forEach((chart) => { chart.style.visibility = ''; });
  return {
    text: whole,
    said: without,
    prose: all('.stHtml p:not(.foot):not(.statement), .stHtml li, .stHtml dd').map((node) => node.innerText),
    alts: all('[role="graphics-document"]').map((node) => node.getAttribute('aria-label')),
    drawn: all('.role-mark text').map((node) => node.textContent),
    touching: all('.stVegaLiteChart svg').flatMap((chart) => {
      const written = [...chart.querySelectorAll('text')]
        .filter((node) => node.textContent.trim() && getComputedStyle(node).opacity !== '0')
        .map((node) => [node.textContent, node.getBoundingClientRect()]);
      return written.flatMap(([one, here], place) => written.slice(place + 1)
        .filter(([, there]) => Math.min(here.right, there.right) - Math.max(here.left, there.left) > 1
          && Math.min(here.bottom, there.bottom) - Math.max(here.top, there.top) > 3)
        .map(([other]) => `${one} / ${other}`));
    }),
    levels: all('h1, h2, h3, h4').map((node) => Number(node.tagName[1])),
    tables: all('table').map((table) => ({
      caption: table.caption ? table.caption.innerText : '',
      heads: [...table.querySelectorAll('thead th')].map((cell) => cell.textContent.trim()),
      cells: [...table.querySelectorAll('tbody th, tbody td')].map((cell) => cell.textContent.trim()),
    })),
    small: all('.stMainBlockContainer a, button, summary, [role="combobox"], input')
      .filter(seen).map((node) => {
        const box = (node.closest('[data-baseweb="select"], label') || node).getBoundingClientRect();
        return [node.outerHTML.slice(0, 120), box.width, box.height];
      }).filter(([_, width, height]) => width < 24 || height < 24),
    title: document.title,
    language: document.documentElement.lang,
    landmarks: all('main, [role="main"], nav').length,
  };
}"""


@dataclass
class Visit:
    """What was found on one page at one width."""

    state: str
    topic: str
    width: int
    look: dict
    broken: list[str]
    hosts: set[str]
    sideways: dict[int, int]
    spaced: int


FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def chromium():
    for name in ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome"):
        if found := shutil.which(name):
            return found
    pytest.fail(
        "No Chromium was found. Install it (Debian: apt-get install chromium) so that the pages can be looked at."
    )


@contextmanager
def started():
    """A browser, closed whatever happens."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def opened(browser, address, topic, width):
    page = browser.new_page(viewport={"width": width, "height": 900}, locale="en-GB")
    hosts = set()
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    try:
        page.goto(f"{address}/{'' if topic == 'at_a_glance' else topic}")
        settle(page)
        yield page, hosts
    finally:
        page.close()


def settle(page):
    """Wait until the page is drawn, its charts too."""
    page.wait_for_selector("h1", timeout=60_000)
    page.wait_for_selector(".foot, .banner, h2", timeout=60_000)
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]', timeout=60_000)
    # Where a chart is to come there is a grey box at first.
    page.wait_for_selector('[data-testid="stSkeleton"]', state="detached", timeout=60_000)
    page.wait_for_function(
        "document.querySelectorAll('.stVegaLiteChart').length === document.querySelectorAll('.stVegaLiteChart svg').length",
        timeout=60_000,
    )
    page.wait_for_timeout(300)


def broken_rules(page):
    """The rules of accessibility that a page breaks as it stands."""
    found = Axe().run(page, options=STANDARDS)
    return [f"{rule['id']}: {rule['nodes'][0]['html'][:160]}" for rule in found.response["violations"]]


def visit(page, hosts, state, topic, width):
    page.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true })")
    look = page.evaluate(LOOK)
    broken = broken_rules(page)
    sideways = {width: page.evaluate("document.documentElement.scrollWidth")}
    spaced = 0
    if width == min(WIDTHS):
        page.set_viewport_size({"width": NARROWEST, "height": 900})
        page.wait_for_timeout(250)
        sideways[NARROWEST] = page.evaluate("document.documentElement.scrollWidth")
        page.add_style_tag(
            content="* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }"
        )
        spaced = page.evaluate("document.documentElement.scrollWidth")
    return Visit(state, topic, width, look, broken, hosts, sideways, spaced)
