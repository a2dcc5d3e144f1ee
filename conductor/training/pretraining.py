"""What is learned before PPO: how much better or worse than the heuristic's choice an action is (branches.py).

A difference of scores is what it predicts of a difference of J. So scores have a unit, the guard's margin has a
meaning, and PPO begins as a policy that explores where actions are about equally good.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from .branches import Branching, batch
from .ppo import Args, Model, batch_of
from .world import HINTS, View

# What one unit of `gains` is as a difference of scores.
SCALE = 10.0
# Every so many-th batch is not learned from: it shows what is known of what was not seen.
HELD_BACK = 10
# Beyond this difference, in scores, an error counts as itself and not as its square.
LINEAR_FROM = 5.0


def pretrain(args: Args, model: Model, folder: Path, say: Callable[[str], None]) -> list[dict[str, float]]:
    """Changes the model; the figures of each epoch. Batches that are not in the folder yet are made first. Raises
    OSError, ValueError."""
    learned_from: list[Branching] = []
    held_back: list[Branching] = []
    for number in range(args.branch_batches):
        found = batch(folder, number)
        (held_back if number % HELD_BACK == HELD_BACK - 1 else learned_from).extend(found)
        if number % 20 == 19 or number == args.branch_batches - 1:
            say(f"branches: {number + 1} of {args.branch_batches} batches")
    source = np.random.Generator(np.random.PCG64([args.seed, 1]))
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.branch_rate, eps=1e-5, weight_decay=args.branch_decay)
    steps = args.branch_epochs * (len(learned_from) // args.minibatch + 1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, args.branch_rate, total_steps=steps)
    curve = []
    for epoch in range(args.branch_epochs):
        order = source.permutation(len(learned_from))
        total, count = 0.0, 0
        for first in range(0, len(order), args.minibatch):
            loss = loss_of(model, [learned_from[index] for index in order[first : first + args.minibatch]])
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), args.branch_gradient)
            optimizer.step()
            schedule.step()
            total, count = total + float(loss), count + 1
        figures = {"epoch": float(epoch + 1), "loss": total / count}
        if held_back:
            with torch.no_grad():
                figures |= {"unseen": float(loss_of(model, held_back)), "nothing": _of_nothing(held_back)}
        curve.append(figures)
        say(f"epoch {epoch + 1}: " + ", ".join(f"{name} {value:.4f}" for name, value in figures.items()))
    return curve


def loss_of(model: Model, found: Sequence[Branching]) -> Tensor:
    ragged = batch_of([View(one.rows, one.whole, one.heuristic, (0.0,) * HINTS) for one in found])
    scores = model(ragged)[0]
    first = (torch.cumsum(ragged.counts, 0) - ragged.counts).numpy()
    rows = np.concatenate([begin + np.array(one.tried) for begin, one in zip(first, found)])
    owner = np.repeat(np.arange(len(found)), [len(one.tried) for one in found])
    predicted = scores[torch.from_numpy(rows)] - scores[ragged.heuristic[torch.from_numpy(owner)]]
    gains = torch.tensor([gain for one in found for gain in one.gains], dtype=torch.float32)
    return nn.functional.smooth_l1_loss(predicted, gains * SCALE, beta=LINEAR_FROM)


def _of_nothing(found: Sequence[Branching]) -> float:
    """The loss of who says that all actions are as good as the heuristic's."""
    gains = torch.tensor([gain for one in found for gain in one.gains], dtype=torch.float32)
    return float(nn.functional.smooth_l1_loss(torch.zeros_like(gains), gains * SCALE, beta=LINEAR_FROM))
