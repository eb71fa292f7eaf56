"""From the last field entered to the price painted: python -m tests.benchmarks.form_to_price

In a real Chromium against a real run: a mileage is typed and Tab pressed, so many times. The server's share is the
wait for the first byte of its answer. Exits with 1 where the bar does not hold; it asks for a machine that does nothing
else.
"""

import os
import sys
import tempfile
from pathlib import Path
from statistics import median

from playwright.sync_api import sync_playwright

from tests import product as products
from tests.e2e.conftest import ARGUMENTS, CHROMIUM, SIZES
from tests.e2e.pages import fill_in, submit

ROUNDS = 40
BAR_MS = 150.0
# From the press of the key that leaves the field to the frame after the price has changed.
WATCH = """() => {
    const price = () => document.querySelector('[data-testid=price]')?.textContent
    let began = null
    let before = price()
    window.taken = []
    addEventListener('keydown', ({ key }) => { if (key === 'Tab') began = performance.now() }, true)
    new MutationObserver(() => {
        if (began === null || !price() || price() === before) return
        const since = began
        began = null
        before = price()
        requestAnimationFrame(() => setTimeout(() => {
            const asked = performance.getEntriesByType('resource')
                .filter(({ name }) => name.endsWith('/valuations')).at(-1)
            window.taken.push([performance.now() - since, asked.responseStart - asked.requestStart])
            performance.clearResourceTimings()
        }))
    }).observe(document.body, { childList: true, characterData: true, subtree: true })
}"""


def measure(address: str) -> list[tuple[float, float]]:
    """Milliseconds of each round: in all, and the server's share."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        page = chromium.new_context(viewport=SIZES["desktop"], locale="en-GB", reduced_motion="reduce").new_page()
        page.goto(address)
        fill_in(page)
        submit(page)
        page.get_by_test_id("price").wait_for()
        page.evaluate(WATCH)
        for round_number in range(ROUNDS):
            field = page.get_by_label("Mileage (km)")
            # Both at once: typed by a person, the pause between two keys is his own.
            field.fill(str(61_000 + 1_000 * round_number))
            field.press("Tab")
            while page.evaluate("window.taken.length") <= round_number:
                page.wait_for_timeout(20)
        taken = page.evaluate("window.taken")
        chromium.close()
    return [(whole, server) for whole, server in taken]


def report(address: str) -> int:
    taken = measure(address)
    whole_ms, server_ms = (median(each) for each in zip(*taken, strict=True))
    slow_ms = sorted(whole for whole, _ in taken)[int(0.95 * len(taken))]
    print(f"last field to price, median of {len(taken)}: {whole_ms:.0f} ms, of which the server {server_ms:.0f} ms; "
          f"95% within {slow_ms:.0f} ms (bar of the median: {BAR_MS:.0f} ms)")
    return 0 if whole_ms <= BAR_MS else 1


def main() -> int:
    up = products.running(os.environ)
    if up is not None:
        return report(up.address)
    with tempfile.TemporaryDirectory() as folder:
        product = products.start(Path(folder) / "var")
        try:
            return report(product.address)
        finally:
            product.stop()


if __name__ == "__main__":
    sys.exit(main())
