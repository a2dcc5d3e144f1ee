"""The cheapest way a Melody could still go, by what is believed now, and how urgent each function is on it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from .simulation import Simulation


class Plan(NamedTuple):
    functions: tuple[int, ...]  # of the plan, causes before effects; those running are among them
    rank: dict[int, float]  # seconds from a function's start to the goal: the upward rank
    provider: dict[int, int]  # the one each function is expected to be called with
    seconds: dict[int, float]  # expected until it succeeds there
    value: dict[int, float]  # of every function that could still lead somewhere: what J its output costs
    best_value: dict[int, float]  # of each artifact, of the cheapest of its producers
    critical_path: float
    remaining: float  # seconds of all functions of the plan
    cost: float
    extensions: frozenset[int]  # of those providers
    price_weight: float  # what one of the currency counts in J; more than the preference when the budget is short
    lasts: int  # ends of calls, until it is to be made anew


# A plan of many functions is made anew only after one in this many of them has ended.
REPLAN_SHARE = 64
# What stands for a function nobody can call any more: finite, so that features stay numbers.
HOPELESS = 1e12


# Of what is left of the budget, the share a plan may ask for before prices count for more than time.
BUDGET_SHARE = 0.7
# What the whole reference cost counts then: running out of money fails the Melody.
SHORT_BUDGET_WEIGHT = 10.0


def make_plan(simulation: Simulation, melody: int) -> Plan:
    """A function of the simulation's state alone: whoever asks, and how often, the answer is the same."""
    graph = simulation.graph
    level = graph.level
    plan = _plan(simulation, melody, level.preference / graph.reference_cost)
    if level.budget < math.inf:
        share = graph.share[melody] / sum(
            graph.share[number] for number, state in enumerate(simulation.melody_state) if state <= 1
        )
        if plan.cost > BUDGET_SHARE * share * (level.budget - simulation.spent):
            weight = max(SHORT_BUDGET_WEIGHT, level.preference) / graph.reference_cost
            return _plan(simulation, melody, weight)
    return plan


def _plan(simulation: Simulation, melody: int, price_weight: float) -> Plan:
    graph = simulation.graph
    level = graph.level
    beliefs = simulation.beliefs
    available = simulation.available
    slow = [0.0] * len(beliefs)  # seconds until success for a stated second
    dear = [0.0] * len(beliefs)  # calls until success
    for number, belief in enumerate(beliefs):
        failure = min(belief.failure, 0.95)
        dear[number] = 1.0 / (1.0 - failure)
        slow[number] = belief.slowdown * (1.0 + 0.5 * failure * dear[number])
    rate = graph.rate[melody]
    left = level.budget - simulation.spent
    running = {call.function: call.provider for call in simulation.running.values()}

    finish: dict[int, float] = {}  # of each artifact: seconds from now
    cost: dict[int, float] = {}
    supporter: dict[int, int] = {}
    best_value: dict[int, float] = {}
    value: dict[int, float] = {}
    provider: dict[int, int] = {}
    seconds: dict[int, float] = {}
    # Most of the time of an episode is spent in this loop.
    inputs_of, output_of, stated = graph.inputs, graph.output, graph.stated
    finish_of, cost_of = finish.get, cost.get
    table = graph.option_table(melody)
    if table is not None:
        table_chosen, table_seconds, table_cost = table.cheapest(slow, dear, rate, price_weight, left, HOPELESS)
    for position, function in enumerate(graph.functions_of[melody]):
        output = output_of[function]
        if available[output]:
            continue
        start = total = 0.0
        for artifact in inputs_of[function]:
            if not available[artifact]:
                reached = finish_of(artifact, HOPELESS)
                if reached > start:
                    start = reached
                total += cost_of(artifact, HOPELESS)
        only = running.get(function, -1)
        if table is not None and only < 0:
            chosen, own_seconds, own_cost = table_chosen[position], table_seconds[position], table_cost[position]
        else:
            best = HOPELESS
            chosen, own_seconds, own_cost = 0, HOPELESS, HOPELESS
            for number, extension, stated_seconds, price, fits in stated[function]:
                if only >= 0:
                    if number != only:
                        continue
                elif price > left or not fits:
                    continue
                taken, paid = stated_seconds * slow[extension], price * dear[extension]
                asked = rate * taken + price_weight * paid
                if asked < best:
                    best, chosen, own_seconds, own_cost = asked, number, taken, paid
        provider[function], seconds[function] = chosen, own_seconds
        end, total = start + own_seconds, total + own_cost
        asked = rate * end + price_weight * total
        value[function] = asked if asked < HOPELESS else HOPELESS
        # What is already being made is what will be there, whatever else could make it.
        if output not in best_value or asked < best_value[output] or only >= 0:
            if only < 0 and supporter.get(output, -1) in running:
                continue
            best_value[output], finish[output], cost[output] = asked, end, total
            supporter[output] = function

    wanted = [artifact for artifact in level.melodies[melody].goal if not available[artifact]]
    critical_path = max((finish.get(artifact, HOPELESS) for artifact in wanted), default=0.0)
    chosen_functions: set[int] = set()
    while wanted:
        made_by = supporter.get(wanted.pop(), -1)
        if made_by >= 0 and made_by not in chosen_functions:
            chosen_functions.add(made_by)
            wanted.extend(artifact for artifact in graph.inputs[made_by] if not available[artifact])
    functions = tuple(f for f in graph.functions_of[melody] if f in chosen_functions)
    rank: dict[int, float] = {}
    after: dict[int, float] = {}  # of each artifact: the highest rank among what needs it
    remaining = paid = 0.0
    extensions = set()
    for function in reversed(functions):
        own = seconds[function]
        height = own + after.get(graph.output[function], 0.0)
        rank[function] = height
        remaining += own
        option = graph.options[function][provider[function]]
        extensions.add(option.extension)
        paid += option.price * dear[option.extension]
        for artifact in graph.inputs[function]:
            if height > after.get(artifact, 0.0):
                after[artifact] = height
    return Plan(
        functions,
        rank,
        provider,
        seconds,
        value,
        best_value,
        min(critical_path, HOPELESS),
        remaining,
        paid,
        frozenset(extensions),
        price_weight,
        max(1, len(functions) // REPLAN_SHARE),
    )
