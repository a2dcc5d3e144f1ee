"""One of the games that are played side by side while training: episode after episode, each beside the heuristic's run
of the same level with the same luck.

What is rewarded is J against the heuristic's J, so that a level of two seconds and one of two hours weigh the same. The
heuristic's run also says what the rest of the way costs from where a game stands. A critic may know that, a policy may
not: it sees the level as it will when it is used.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from typing import NamedTuple

from function_quest.baselines import HEURISTIC
from function_quest.features import Rows, observe
from function_quest.graph import Candidate, Graph
from function_quest.learned.shortlist import shortlist
from function_quest.simulation import Simulation, State

from .curriculum import draw

# Each level is played so often, with the same luck: drawing it and the heuristic's run of it are half the work.
PLAYS = 3
# No step costs more than this, in the heuristic's J: a failed Melody is dear, and one of them must not decide a batch.
DEAREST_STEP = 1.5
HINTS = 4


class View(NamedTuple):
    """What there is to decide on."""

    rows: Rows
    whole: Rows
    heuristic: int  # its row
    hints: tuple[float, ...]  # for the critic


class World:
    def __init__(self, seed: int, number: int) -> None:
        self._name = f"{seed}/{number}"
        self.episode = -1
        self.choices: list[int] = []
        self._graph: Graph
        self._simulation: Simulation
        self._candidates: list[Candidate]
        self._chosen: Candidate  # by the heuristic
        self.view: View
        self._begin_next()

    def restore(self, episode: int, choices: list[int]) -> None:
        """To where another world of the same name stood: the same level, luck and choices are the same game."""
        self.episode = episode - episode % PLAYS - 1
        while self.episode < episode:
            self._begin_next()
        for choice in choices:
            self.step(choice)

    def step(self, choice: int) -> tuple[float, bool]:
        """The reward, and whether it ended the episode; `view` is then that of the next one."""
        self.choices.append(choice)
        before = self._simulation.objective
        self._simulation.apply(self._candidates[choice])
        over = self._to_next_choice()
        reward = (before - self._simulation.objective) / self.reference
        if over:
            self._begin_next()
        else:
            self._look()
        return max(reward, -DEAREST_STEP), over

    @property
    def cost(self) -> float:
        """Of the episode until now, in the heuristic's J."""
        return self._simulation.objective / self.reference

    def _begin_next(self) -> None:
        while True:
            self.episode += 1
            self.choices = []
            if self.episode % PLAYS == 0:
                source = random.Random(f"{self._name}/{self.episode}")
                self._graph = Graph(draw(source))
                self._luck = source.getrandbits(40)
                self._follow_heuristic()
            self._simulation = Simulation(self._graph, self._luck)
            if not self._to_next_choice():
                self._look()
                return

    def _to_next_choice(self) -> bool:
        """Whether the episode is over."""
        simulation = self._simulation
        while not simulation.done and not simulation.truncated:
            chosen = HEURISTIC.choose(simulation)
            self._candidates = shortlist(simulation, chosen)
            if len(self._candidates) > 1:
                self._chosen = chosen
                return False
            simulation.apply(chosen)
        return True

    def _follow_heuristic(self) -> None:
        simulation = Simulation(self._graph, self._luck)
        self._all = [0.0] * len(self._graph.level.melodies)  # of each Melody, what there was to do at first
        self._done: list[float] = []
        self._paid: list[float] = []
        while not simulation.done and not simulation.truncated:
            done = self._progress(simulation)
            if not self._done or done > self._done[-1]:
                self._done.append(done)
                self._paid.append(simulation.objective)
            simulation.apply(HEURISTIC.choose(simulation))
        self.reference = max(simulation.objective, 1e-6)
        self._done.append(1.0 if not self._done or self._done[-1] < 1.0 else self._done[-1] + 1e-9)
        self._paid.append(simulation.objective)

    def _progress(self, simulation: Simulation) -> float:
        """Which share of the work is done, by weight of the Melodies."""
        share = self._graph.share
        done = 0.0
        for number, state in enumerate(simulation.melody_state):
            if state == State.ACTIVE:
                remaining = simulation.plan(number).remaining
                if self._all[number] == 0.0:
                    self._all[number] = remaining or 1.0
                done += share[number] * max(1.0 - remaining / self._all[number], 0.0)
            elif state != State.COMING:
                done += share[number]
        return done

    def _paid_at(self, done: float) -> float:
        """What the heuristic had paid when it had done as much."""
        after = bisect_right(self._done, done)
        if after == 0:
            return self._paid[0]
        if after == len(self._done):
            return self._paid[-1]
        low, high = self._done[after - 1], self._done[after]
        part = (done - low) / (high - low)
        return self._paid[after - 1] + part * (self._paid[after] - self._paid[after - 1])

    def _look(self) -> None:
        simulation = self._simulation
        rows, whole = observe(simulation, self._chosen, self._candidates)
        done = self._progress(simulation)
        left = 1.0 - self._paid_at(done) / self.reference
        hints = (left, done, self.cost, self.cost - (1.0 - left))
        self.view = View(rows, whole, self._candidates.index(self._chosen), hints)
