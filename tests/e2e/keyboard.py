"""The keyboard alone: going to a control as Tab goes, and what is held against each place that it stops at."""

import re
from typing import Any

from playwright.sync_api import Page

MOST_STEPS = 150
# Of the focused element, or of what stands for it: a label's text beside a hidden radio button, the frame of a field.
FOCUSED = """() => {
    const focused = document.activeElement
    if (!focused || focused === document.body) return null
    const drawn = (each) => {
        const { outlineStyle, outlineWidth, outlineColor, boxShadow } = getComputedStyle(each)
        const outlined = outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2 && !outlineColor.endsWith(', 0)')
        return outlined || (boxShadow !== 'none' && !boxShadow.startsWith('rgba(0, 0, 0'))
    }
    const near = [focused, focused.nextElementSibling, ...[1, 2, 3, 4].map((up) => {
        let each = focused
        for (let step = 0; step < up && each; step += 1) each = each.parentElement
        return each
    })]
    const box = focused.getBoundingClientRect()
    return {
        is: focused.outerHTML.replace(/\\s+/g, ' ').slice(0, 160),
        visible: near.some((each) => each && drawn(each)),
        inView: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
        number: (focused.dataset.step ??= String(document.querySelectorAll('[data-step]').length)),
    }
}"""
# What a keyboard must come to: of a group of radio buttons one alone is on its way.
UNREACHED = """() => {
    const controls = 'a[href], button, input, select, textarea, summary, [tabindex="0"]'
    return [...document.querySelectorAll(controls)].filter((each) => {
        if (each.disabled || each.tabIndex < 0 || each.type === 'radio' || each.dataset.step !== undefined) return false
        if (each.closest('[inert], [aria-hidden="true"]')) return false
        return each.checkVisibility({ visibilityProperty: true }) && each.getClientRects().length > 0
    }).map((each) => each.outerHTML.replace(/\\s+/g, ' ').slice(0, 160))
}"""
SPOKEN = {
    "button", "link", "textbox", "searchbox", "combobox", "listbox", "option", "checkbox", "radio", "radiogroup",
    "slider", "spinbutton", "switch", "tab", "menuitem", "dialog", "alertdialog", "table", "image", "navigation",
}  # fmt: skip


def focused(page: Page) -> dict[str, Any] | None:
    return page.evaluate(FOCUSED)


def press_tab(page: Page, keys: str = "Tab") -> dict[str, Any] | None:
    """What has the focus then, None at the page's end. It is seen to have it."""
    page.keyboard.press(keys)
    at = focused(page)
    if at is not None:
        assert at["visible"], f"nothing shows the focus of {at['is']}"
        assert at["inView"], f"the focus is out of sight at {at['is']}"
    return at


def go_to(page: Page, role: Any, name: str | re.Pattern[str], keys: str = "Tab") -> None:
    """Press Tab, or Shift+Tab, until the control of this role and name has the focus."""
    wanted = page.get_by_role(role, name=name, exact=True).and_(page.locator(":focus"))
    for _ in range(MOST_STEPS):
        press_tab(page, keys)
        if wanted.count():
            return
    raise AssertionError(f"{MOST_STEPS} presses of {keys} do not lead to the {role} {name!r}")


def walk(page: Page) -> int:
    """Press Tab from the page's beginning to its end; how many places it stops at. No control is left out."""
    while press_tab(page) is not None:  # to the end, from wherever the focus is
        pass
    for steps in range(MOST_STEPS):
        if press_tab(page) is None:
            left_out = page.evaluate(UNREACHED)
            assert left_out == [], f"Tab leaves out {left_out}"
            return steps
    raise AssertionError(f"{MOST_STEPS} presses of Tab do not lead through the page")


def unnamed(page: Page) -> list[str]:
    """What a screen reader has no name for, of what it speaks of by name: the browser's own accessibility tree."""
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    return [
        node["role"]["value"] for node in nodes
        if not node["ignored"] and node["role"]["value"] in SPOKEN and not node.get("name", {}).get("value", "").strip()
    ]  # fmt: skip
