"""One decision of an episode explained: what there was to choose from, who chose and why, what weighed most, and how
the episode would have ended with each of the other candidates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from .baselines import HEURISTIC, Policy
from .features import CANDIDATE_FEATURES, GLOBAL_FEATURES, SCHEMA_HASH, Rows, observe
from .graph import DISPATCH, WAIT, Candidate, Graph
from .learned.guard import Guarded, Reason, Trip
from .learned.network import Network
from .learned.occlusion import reasons
from .learned.shortlist import shortlist
from .level import LevelError
from .metrics import Result, result_of
from .simulation import Simulation

KINDS = ("dispatch", "preload", "evict", "wait")
POLICY_TIER = "policy"
# Reasons beside those of the guard (guard.Reason), which are for decisions that were handed on.
AGREES = "agrees"  # the policy would do what the heuristic would
SURE_ENOUGH = "sure_enough"  # it differs, by more than the guard asks for
ONE_CANDIDATE = "one_candidate"  # there was nothing to ask the policy
_DIGITS = 6  # float32 has no more


class Scored(NamedTuple):
    """What the network says of the candidates, whoever decided."""

    scores: list[float]
    residuals: list[float]  # without what is added to the heuristic's choice
    outside: float  # share of the features outside of what training saw
    reasons: list[dict[str, Any]]


def explain(graph: Graph, policy: Policy, seed: int, step: int, rollouts: int) -> dict[str, Any]:
    """Decision `step`, counted from 1, of the episode `policy` plays with the luck of `seed`. At most `rollouts`
    candidates are tried out: the chosen one, the heuristic's, then the others by score. Raises LevelError when the
    episode has fewer decisions."""
    simulation = _at(graph, policy, seed, step)
    heuristic = HEURISTIC.choose(simulation)
    chosen = policy.choose(simulation)
    candidates = shortlist(simulation, heuristic)
    if chosen not in candidates:  # a rule that takes what is of no use
        candidates.append(chosen)
    rows, whole = observe(simulation, heuristic, candidates)
    own, taken = candidates.index(heuristic), candidates.index(chosen)
    network = policy.scorer if isinstance(policy, Guarded) else None
    scored = _scored(network, rows, whole, own, taken) if isinstance(network, Network) else None
    results = _tried(simulation, policy, candidates, _order(own, taken, scored, len(candidates))[:rollouts])
    return {
        "level": graph.level.name,
        "seed": seed,
        "step": step,
        "at": simulation.now,
        "objective": simulation.objective,
        "policy": policy.name,
        "policy_hash": policy.sha256 if isinstance(policy, Guarded) else None,
        "schema_hash": SCHEMA_HASH,
        "guard": _guard(policy, simulation, len(candidates), agrees=own == taken),
        "chosen": taken,
        "heuristic": own,
        "legal": len(simulation.candidates()),
        "outside": scored.outside if scored else None,
        "reasons": scored.reasons if scored else [],
        "candidates": [
            {
                **_named(simulation, candidate),
                "score": scored.scores[number] if scored else None,
                "residual": scored.residuals[number] if scored else None,
                "features": _by_name(CANDIDATE_FEATURES, rows[number]),
            }
            for number, candidate in enumerate(candidates)
        ],
        "features": _by_name(GLOBAL_FEATURES, whole),
        "what_if": [_outcome(number, result, results.get(taken)) for number, result in results.items()],
        "not_tried": len(candidates) - len(results),
    }


def _at(graph: Graph, policy: Policy, seed: int, step: int) -> Simulation:
    simulation = Simulation(graph, seed)
    while not simulation.done and not simulation.truncated:
        if simulation.decisions == step - 1:
            return simulation
        simulation.apply(policy.choose(simulation))
    raise LevelError("", f"there is no decision {step}: the episode is over after {simulation.decisions}")


def _scored(network: Network, rows: Rows, whole: Rows, heuristic: int, chosen: int) -> Scored | None:
    """None for what is not finite, of which the guard has said so."""
    rows, whole, outside = network.clipped(rows, whole)
    scores = network.scores(rows, whole, heuristic)
    if not np.isfinite(scores).all():
        return None
    residuals = scores.copy()
    residuals[heuristic] -= network.beta
    found = [
        {
            **weight._asdict(),
            "value": round(weight.value, _DIGITS),
            "neutral": round(weight.neutral, _DIGITS),
            "weight": round(weight.weight, _DIGITS),
        }
        for weight in reasons(network, rows, whole, heuristic, chosen)
    ]
    return Scored(_rounded(scores), _rounded(residuals), outside, found)


def _guard(policy: Policy, simulation: Simulation, candidates: int, *, agrees: bool) -> dict[str, Any]:
    """Who decided. A rule that plays by itself has no guard; of a policy the trips of this decision tell."""
    if not isinstance(policy, Guarded):
        return {"tier": policy.name, "reason": None, "detail": ""}
    trips = [trip for trip in policy.trips if trip.decision == simulation.decisions]
    failed = [trip for trip in trips if trip.reason == Reason.RULE_FAILED]
    overruled: list[Trip] = [trip for trip in trips if trip.reason != Reason.RULE_FAILED]
    rule = failed[-1].decided_by if failed else HEURISTIC.name
    if overruled:
        return {"tier": rule, "reason": str(overruled[-1].reason), "detail": overruled[-1].detail}
    if candidates == 1 or len(simulation.candidates()) == 1:
        return {"tier": rule, "reason": ONE_CANDIDATE, "detail": ""}
    return {"tier": POLICY_TIER, "reason": AGREES if agrees else SURE_ENOUGH, "detail": ""}


def _order(heuristic: int, chosen: int, scored: Scored | None, count: int) -> list[int]:
    """What is tried first: what was done, what the heuristic would have done, then what looked best."""
    others = sorted(range(count), key=lambda number: -scored.scores[number] if scored else 0.0)
    return list(dict.fromkeys((chosen, heuristic, *others)))


def _tried(
    simulation: Simulation, policy: Policy, candidates: Sequence[Candidate], numbers: Sequence[int]
) -> dict[int, Result]:
    """How the episode ends when each of these is done now and the policy goes on, with the same luck."""
    results = {}
    for number in numbers:
        branch = simulation.copy()
        follower = policy.continued(branch) if isinstance(policy, Guarded) else policy
        branch.apply(candidates[number])
        while not branch.done and not branch.truncated:
            branch.apply(follower.choose(branch))
        results[number] = result_of(branch)
    return results


def _outcome(number: int, result: Result, chosen: Result | None) -> dict[str, Any]:
    return {
        "candidate": number,
        "success": result.success,
        "makespan": result.seconds,
        "objective": result.objective,
        "cost": result.cost,
        "calls": result.calls,
        "against_chosen": result.objective - chosen.objective if chosen else None,
    }


def _named(simulation: Simulation, candidate: Candidate) -> dict[str, Any]:
    level = simulation.graph.level
    calls = candidate.kind == DISPATCH
    return {
        "action": KINDS[candidate.kind],
        "function": level.functions[candidate.function].name if calls else None,
        "extension": None if candidate.kind == WAIT else level.extensions[candidate.extension].name,
        "warm": candidate.warm if calls else None,
    }


def _by_name(names: Sequence[str], numbers: Rows) -> dict[str, float]:
    return dict(zip(names, _rounded(numbers), strict=True))


def _rounded(numbers: Rows) -> list[float]:
    return [round(float(number), _DIGITS) for number in numbers]
