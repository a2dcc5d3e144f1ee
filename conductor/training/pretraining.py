"""What is learned before PPO: how much better or worse than the heuristic's choice an action is (branches.py).

A difference of scores is what it predicts of a difference of J. So scores have a unit, the guard's margin has a
meaning, and PPO begins as a policy that explores where actions are about equally good.
"""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import torch
from function_quest.learned.network import Network
from numpy.typing import NDArray
from torch import Tensor, nn

from .branches import Branching, branchings
from .ppo import Args, Model, batch_of, optimizer_arrays, restore_optimizer
from .state import Saved
from .world import HINTS, View

# What one unit of `gains` is as a difference of scores.
SCALE = 10.0


class Pretrainer:
    """Batches of branchings, which are kept and learned from again and again."""

    def __init__(self, args: Args, model: Model) -> None:
        self.args = args
        self.model = model
        self.optimizer = torch.optim.AdamW(model.parameters(), lr=args.pretraining_rate, eps=1e-5, weight_decay=0.01)
        self.random = np.random.Generator(np.random.PCG64([args.seed, 1]))
        self.kept: list[Branching] = []
        self.batches = 0

    def update(self) -> dict[str, float]:
        args = self.args
        # The first batches come from the heuristic's own way: the network knows nothing yet.
        scorer = Network(self.model.exported()) if self.batches >= args.pretraining_first else None
        batch: list[Branching] = []
        for number in range(args.pretraining_episodes):
            batch += branchings(random.Random(f"{args.seed}/branches/{self.batches}/{number}"), scorer)
        batch = [branching for branching in batch if branching.tried]
        self.kept += batch
        self.batches += 1
        left = 1.0 - self.batches / args.pretraining_batches
        for group in self.optimizer.param_groups:
            group["lr"] = args.last_learning_rate + left * (args.pretraining_rate - args.last_learning_rate)
        before = self.loss(batch)
        every = self.kept
        total = 0.0
        for _ in range(args.pretraining_steps):
            picked = self.random.integers(0, len(every), min(args.minibatch, len(every)))
            loss = self.loss([every[index] for index in picked])
            self.optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(self.model.parameters(), 10.0)
            self.optimizer.step()
            total += float(loss)
        gains = np.array([gain for branching in batch for gain in branching.gains])
        return {
            "batch": self.batches,
            "branchings": len(batch),
            "labels": len(gains),
            "better": float((gains > 0.01).mean()),
            "loss": total / args.pretraining_steps,
            "loss_before": float(before.detach()),
        }

    def loss(self, batch: list[Branching]) -> Tensor:
        views = [View(one.rows, one.whole, one.heuristic, (0.0,) * HINTS) for one in batch]
        ragged = batch_of(views)
        scores = self.model(ragged)[0]
        first = (torch.cumsum(ragged.counts, 0) - ragged.counts).numpy()
        rows = np.concatenate([begin + np.array(one.tried) for begin, one in zip(first, batch)])
        owner = np.repeat(np.arange(len(batch)), [len(one.tried) for one in batch])
        predicted = scores[torch.from_numpy(rows)] - scores[ragged.heuristic[torch.from_numpy(owner)]]
        gains = torch.tensor([gain for one in batch for gain in one.gains], dtype=torch.float32)
        return nn.functional.smooth_l1_loss(predicted, gains * SCALE, beta=SCALE * 0.1)

    # Going on after an interruption ----------------------------------------------------------------------------------

    def saved(self) -> Saved:
        """All but the model, which the trainer saves."""
        kept = self.kept
        arrays: dict[str, NDArray[Any]] = {
            "branchings/rows": np.concatenate([one.rows for one in kept]),
            "branchings/counts": np.array([len(one.rows) for one in kept]),
            "branchings/whole": np.stack([one.whole for one in kept]),
            "branchings/heuristic": np.array([one.heuristic for one in kept]),
            "branchings/tried": np.array([row for one in kept for row in one.tried]),
            "branchings/gains": np.array([gain for one in kept for gain in one.gains]),
            "branchings/tried_counts": np.array([len(one.tried) for one in kept]),
        }
        arrays |= optimizer_arrays("pretraining", self.model, self.optimizer)
        return Saved({"batches": self.batches, "pretraining_random": self.random.bit_generator.state}, arrays)

    def restore(self, saved: Saved) -> None:
        arrays = saved.arrays
        rows = np.split(arrays["branchings/rows"], np.cumsum(arrays["branchings/counts"])[:-1])
        ends = np.cumsum(arrays["branchings/tried_counts"])[:-1]
        tried, gains = np.split(arrays["branchings/tried"], ends), np.split(arrays["branchings/gains"], ends)
        self.kept = [
            Branching(own, whole, int(heuristic), tuple(actions.tolist()), tuple(values.tolist()))
            for own, whole, heuristic, actions, values in zip(
                rows, arrays["branchings/whole"], arrays["branchings/heuristic"], tried, gains
            )
        ]
        restore_optimizer("pretraining", self.model, self.optimizer, arrays)
        self.batches = int(saved.about["batches"])
        self.random.bit_generator.state = saved.about["pretraining_random"]
