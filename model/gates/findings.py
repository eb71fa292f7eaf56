"""What a gate found: a line a rule, whether it held, and by how much."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Finding:
    """One rule: what it allows and what was found, in words with units."""

    rule: str
    limit: str
    found: str
    passed: bool

    def __str__(self) -> str:
        return f"{self.rule}: {self.found} (allowed: {self.limit})"


@dataclass(frozen=True)
class Decision:
    """What was decided of a challenger, and why. gate is "recipe", "refresh" or "first"."""

    challenger: str
    champion: str | None
    gate: str
    findings: tuple[Finding, ...]

    @property
    def passed(self) -> bool:
        return all(finding.passed for finding in self.findings)

    @property
    def refusals(self) -> list[Finding]:
        return [finding for finding in self.findings if not finding.passed]

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "challenger": self.challenger, "champion": self.champion, "gate": self.gate, "passed": self.passed,
            "findings": [asdict(finding) for finding in self.findings],
        }  # fmt: skip

    def lines(self) -> list[str]:
        """As text, the refusals first."""
        against = f"against champion {self.champion}" if self.champion else "without a champion"
        verdict = "may be promoted" if self.passed else "is refused"
        said = [f"version {self.challenger} {verdict} ({self.gate} gate, {against})"]
        for finding in sorted(self.findings, key=lambda finding: finding.passed):
            said.append(f"  {'held  ' if finding.passed else 'BROKEN'}  {finding}")
        return said


def markdown(decision: Decision, challenger: dict[str, float], champion: dict[str, float]) -> str:
    """A comparison for a merge request: the verdict, the figures of both cards side by side, and every rule."""
    verdict = "may be promoted" if decision.passed else "is refused"
    return "\n".join(
        [
            f"## Version {decision.challenger} {verdict}",
            "",
            f"Gate: {decision.gate}. Champion: {decision.champion or 'none yet'}.",
            "",
            *_table(
                ("figure (cross-validated)", "champion", "challenger"),
                [(name, _figure(champion.get(name)), _figure(value)) for name, value in challenger.items()],
            ),
            "",
            *_table(
                ("", "rule", "found", "allowed"),
                [
                    ("held" if each.passed else "**broken**", each.rule, each.found, each.limit)
                    for each in sorted(decision.findings, key=lambda finding: finding.passed)
                ],
            ),
            "",
        ]
    )


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:,.3f}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in line) + " |" for line in lines]
