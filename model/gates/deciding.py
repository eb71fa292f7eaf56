"""The gate as a whole: every rule that a challenger must keep, against the champion or without one."""

from dataclasses import dataclass

from model.gates.candidate import Candidate
from model.gates.findings import Decision, Finding
from model.gates.range_gate import check_range
from model.gates.recipe_gate import check_recipe, frozen_pairs, recipe_errors
from model.gates.refresh_gate import check_refresh, refresh_errors, refresh_pairs
from model.gates.segments_gate import check_segments
from model.gates.table_gates import check_agreement, check_golden_prices, check_right_way

SHORT = 12  # letters of a digest, in words


@dataclass(frozen=True)
class Announced:
    """What whoever promotes knows to be coming: the digest of a new contract, how far prices of golden cars move."""

    schema_digest: str | None = None
    moves: float = 0.0


def decide(challenger: Candidate, champion: Candidate | None, announced: Announced = Announced()) -> Decision:
    """Judge a challenger by all rules. Never stops at the first: a refusal names all that is wrong."""
    findings = _of_itself(challenger)
    if champion is None:
        return Decision(challenger.version, None, "first", tuple(findings))
    findings.append(_check_schema(challenger, champion, announced))
    gate = "refresh" if challenger.recipe == champion.recipe and challenger.recipe is not None else "recipe"
    findings += _against(challenger, champion, gate)
    if challenger.table is not None and champion.table is not None:
        findings.append(check_golden_prices(challenger.table, champion.table, announced.moves))
    return Decision(challenger.version, champion.version, gate, tuple(findings))


def _of_itself(challenger: Candidate) -> list[Finding]:
    findings = []
    if challenger.table is not None:
        findings.append(check_right_way(challenger.table))
    if challenger.judged is None:
        findings.append(_lacks_evidence(challenger))
        return findings
    if challenger.table is not None:
        findings.append(check_agreement(challenger.table, challenger.judged))
    return [*findings, *check_range(challenger.judged)]


def _against(challenger: Candidate, champion: Candidate, gate: str) -> list[Finding]:
    if challenger.judged is None:
        return []
    if champion.judged is None:
        return [_lacks_evidence(champion)]
    if gate == "recipe":
        both, shared = frozen_pairs(challenger.judged, champion.judged)
        if not shared.passed:
            return [shared]
        pairs = recipe_errors(both)
        return [shared, *check_recipe(pairs), *check_segments(both, pairs)]
    both, chosen = refresh_pairs(challenger.judged, champion)
    if len(both) < 2:
        return [_nothing_shared(len(both))]
    pairs = refresh_errors(both)
    return [*check_refresh(pairs, chosen), *check_segments(both, pairs)]


def _nothing_shared(listings: int) -> Finding:
    return Finding("enough listings to judge by", "listings that both versions were judged on", str(listings), False)


def _check_schema(challenger: Candidate, champion: Candidate, announced: Announced) -> Finding:
    new, old = str(challenger.card["schema_digest"]), str(champion.card["schema_digest"])
    return Finding(
        "schema",
        f"the champion's, {old[:SHORT]}, or one that --announce-schema names",
        new[:SHORT],
        new in (old, announced.schema_digest),
    )


def _lacks_evidence(candidate: Candidate) -> Finding:
    return Finding(
        "judged listings", "logged by each version's training", f"version {candidate.version} has none: train it anew",
        False,
    )
