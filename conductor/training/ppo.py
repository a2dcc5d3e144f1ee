"""Masked PPO over a variable number of candidates: the whole algorithm, in one file.

(Schulman et al.: Proximal Policy Optimization Algorithms, 2017. Huang, Ontañón: A Closer Look at Invalid Action Masking
in Policy Gradient Algorithms, 2020: only what is legal is scored, so nothing has to be masked away.)

Decisions of one batch have different numbers of candidates. Their rows stand one after the other, and sums, maxima and
softmax are taken over each decision's own rows.

Everything that happens follows from the arguments: one thread, no clock, generators of random numbers whose states are
part of what is saved. The same arguments give the same bytes, with or without an interruption.
"""

from __future__ import annotations

import dataclasses
import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from function_quest.learned.network import HIDDEN, INPUTS, ROW, SHAPES, WHOLE, Array
from numpy.typing import NDArray
from torch import Tensor, nn

from .state import Saved
from .world import HINTS, View, World

Numbers = NDArray[np.int64]
# Debian's PyTorch says so of scatter_reduce; what it does is held by a test against NumPy.
warnings.filterwarnings("ignore", "scatter_reduce", UserWarning)


@dataclass(frozen=True)
class Args:
    seed: int = 1
    # Of the policy, in all. Together with the other arguments this decides the result, however long it takes.
    decisions: int = 60_000
    worlds: int = 64
    steps: int = 32  # of each world between two updates
    minibatch: int = 512
    epochs: int = 3
    learning_rate: float = 3e-4
    last_learning_rate: float = 2e-5
    clip: float = 0.2
    gae: float = 0.97
    entropy: float = 0.003  # falls to nothing with the learning rate
    value_weight: float = 0.5
    most_gradient: float = 0.5
    most_divergence: float = 0.03  # of the new policy from the old one, after which an update ends
    beta: float = 0.5  # what the heuristic's choice is ahead at first
    # Scores times this are logarithms of probabilities: where a score is half a unit ahead, others are seldom tried.
    sharpness: float = 5.0
    calibration: int = 64  # steps of each world before learning begins, to see what the features are like
    save_every: int = 10  # updates
    # Before PPO (pretraining.py); a batch is 24 episodes that are branched at:
    branch_batches: int = 190
    branch_epochs: int = 8
    branch_rate: float = 2e-3
    branch_decay: float = 3.0
    branch_gradient: float = 5.0

    @property
    def updates(self) -> int:
        return max(1, round(self.decisions / (self.worlds * self.steps)))


class Batch(NamedTuple):
    rows: Tensor  # of all decisions, one after the other
    whole: Tensor  # one for each decision, as all that follow but `segment`
    hints: Tensor
    counts: Tensor  # rows
    heuristic: Tensor  # where in `rows` the heuristic's stands
    segment: Tensor  # of each row, its decision


def batch_of(views: Sequence[View]) -> Batch:
    counts = np.array([len(view.rows) for view in views])
    first = np.cumsum(counts) - counts
    return Batch(
        torch.from_numpy(np.concatenate([view.rows for view in views])),
        torch.from_numpy(np.stack([view.whole for view in views])),
        torch.tensor([view.hints for view in views], dtype=torch.float32),
        torch.from_numpy(counts),
        torch.from_numpy(first + np.array([view.heuristic for view in views])),
        torch.from_numpy(np.repeat(np.arange(len(views)), counts)),
    )


class Model(nn.Module):
    """The network of `function_quest.learned.network`, by the same names and shapes, and a critic beside it."""

    def __init__(self, args: Args) -> None:
        super().__init__()
        self.sharpness = args.sharpness
        generator = torch.Generator().manual_seed(args.seed)

        def weight(*shape: int, gain: float = math.sqrt(2.0)) -> nn.Parameter:
            return nn.Parameter(torch.randn(*shape, generator=generator) * gain / math.sqrt(shape[0]))

        def bias() -> nn.Parameter:
            return nn.Parameter(torch.zeros(HIDDEN))

        for name in ("input_low", "input_high", "input_scale", "input_shift"):
            self.register_buffer(name, torch.zeros(INPUTS))
        self.encoder_1, self.encoder_1_bias = weight(INPUTS, HIDDEN), bias()
        self.encoder_2, self.encoder_2_bias = weight(HIDDEN, HIDDEN), bias()
        self.context, self.context_bias = weight(2 * HIDDEN + WHOLE, HIDDEN), bias()
        self.scorer_1, self.scorer_1_bias = weight(2 * HIDDEN, HIDDEN), bias()
        self.scorer_2 = weight(HIDDEN, gain=0.05)  # at first nothing but the heuristic speaks
        self.beta = nn.Parameter(torch.tensor([args.beta]))
        self.critic_1, self.critic_1_bias = weight(2 * HIDDEN + WHOLE + HINTS, HIDDEN), bias()
        self.critic_2 = weight(HIDDEN, gain=0.01)

    def calibrate(self, rows: Array, whole: Array) -> None:
        """Fixes how inputs are clipped and scaled, by what was seen of them."""
        low, high, mean, deviation = [], [], [], []
        for columns in (rows, whole):
            bottom, top = np.quantile(columns, (0.001, 0.999), axis=0)
            low.append(bottom)
            high.append(top)
            inside = np.clip(columns, bottom, top)
            mean.append(inside.mean(axis=0))
            deviation.append(inside.std(axis=0))
        scale = 1.0 / np.maximum(np.concatenate(deviation), 1e-3)
        for name, value in (
            ("input_low", np.concatenate(low)),
            ("input_high", np.concatenate(high)),
            ("input_scale", scale),
            ("input_shift", -np.concatenate(mean) * scale),
        ):
            self.get_buffer(name).copy_(torch.from_numpy(value.astype(np.float32)))

    def _scaled(self, values: Tensor, part: slice) -> Tensor:
        inside = torch.minimum(torch.maximum(values, self.input_low[part]), self.input_high[part])
        return inside * self.input_scale[part] + self.input_shift[part]

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Scores of the rows, and of each decision what is still to be paid, as a (negative) reward."""
        rows, whole = self._scaled(batch.rows, slice(ROW)), self._scaled(batch.whole, slice(ROW, INPUTS))
        from_whole = whole @ self.encoder_1[ROW:] + self.encoder_1_bias
        hidden = torch.relu(rows @ self.encoder_1[:ROW] + from_whole[batch.segment])
        hidden = torch.relu(hidden @ self.encoder_2 + self.encoder_2_bias)
        decisions = len(batch.counts)
        mean = torch.zeros(decisions, HIDDEN).index_add(0, batch.segment, hidden) / batch.counts[:, None]
        # Nothing is below zero after the last layer.
        most = torch.zeros(decisions, HIDDEN).scatter_reduce(
            0, batch.segment[:, None].expand(-1, HIDDEN), hidden, "amax"
        )
        pooled = torch.cat((mean, most, whole), 1)
        context = torch.relu(pooled @ self.context + self.context_bias)
        from_context = context @ self.scorer_1[HIDDEN:] + self.scorer_1_bias
        scores = torch.relu(hidden @ self.scorer_1[:HIDDEN] + from_context[batch.segment]) @ self.scorer_2
        scores = scores.index_add(0, batch.heuristic, self.beta.expand(len(batch.counts)))
        # What the heuristic paid for the rest of the way is the first guess, and what is learned corrects it.
        known = torch.cat((pooled, batch.hints), 1)
        correction = torch.relu(known @ self.critic_1 + self.critic_1_bias) @ self.critic_2
        return scores, correction - batch.hints[:, 0]

    def log_probabilities(self, batch: Batch) -> tuple[Tensor, Tensor]:
        scores, value = self(batch)
        scores = scores * self.sharpness
        # No score is so large that the largest would have to be taken away first in float64.
        powers = torch.exp(scores.double() - scores.double().max())
        sums = torch.zeros(len(batch.counts), dtype=torch.float64).index_add(0, batch.segment, powers)
        return torch.log(powers / sums[batch.segment] + 1e-30).float(), value

    def exported(self) -> dict[str, Array]:
        tensors = self.state_dict()
        return {name: tensors[name].numpy().astype(np.float32) for name in SHAPES}


class Rollout(NamedTuple):
    """What the worlds did between two updates, world by world."""

    views: list[View]
    chosen: Numbers  # the row within each decision
    rewards: Array  # worlds x steps
    over: NDArray[np.bool_]  # worlds x steps: the step ended an episode
    last: list[View]  # where each world stands afterwards
    costs: list[float]  # of the episodes that ended, in the heuristic's


class Trainer:
    def __init__(self, args: Args) -> None:
        torch.set_num_threads(1)
        torch.use_deterministic_algorithms(True)
        self.args = args
        self.model = Model(args)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=args.learning_rate, eps=1e-5)
        self.random = np.random.Generator(np.random.PCG64(args.seed))
        self.worlds = [World(args.seed, number) for number in range(args.worlds)]
        self.updates = 0

    def calibrate(self) -> None:
        views = self._play(self.args.calibration).views
        self.model.calibrate(np.concatenate([view.rows for view in views]), np.stack([view.whole for view in views]))

    def update(self) -> dict[str, float]:
        """Plays and learns from it once; what came out."""
        args = self.args
        left = 1.0 - self.updates / args.updates
        rate = args.last_learning_rate + left * (args.learning_rate - args.last_learning_rate)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        rollout = self._play(args.steps)
        figures = self._learn(rollout, args.entropy * left)
        self.updates += 1
        figures["decisions"] = self.updates * args.worlds * args.steps
        figures["cost"] = float(np.mean(rollout.costs)) if rollout.costs else 1.0
        return figures

    def _play(self, steps: int) -> Rollout:
        args, worlds = self.args, self.worlds
        views: list[list[View]] = [[] for _ in worlds]
        chosen = np.zeros((len(worlds), steps), np.int64)
        rewards = np.zeros((len(worlds), steps), np.float32)
        over = np.zeros((len(worlds), steps), np.bool_)
        costs = []
        for step in range(steps):
            now = [world.view for world in worlds]
            with torch.no_grad():
                scores = self.model(batch_of(now))[0].numpy()
            # The largest of score + Gumbel noise is a draw by the softmax of the scores.
            noisy = scores * args.sharpness - np.log(self.random.exponential(size=len(scores)))
            end = 0
            for number, (world, view) in enumerate(zip(worlds, now)):
                begin, end = end, end + len(view.rows)
                row = int(np.argmax(noisy[begin:end]))
                before, views[number] = world.cost, [*views[number], view]
                reward, ended = world.step(row)
                chosen[number, step], rewards[number, step], over[number, step] = row, reward, ended
                if ended:
                    costs.append(before - reward)
        return Rollout(
            [view for of_world in views for view in of_world],
            chosen.reshape(-1),
            rewards,
            over,
            [world.view for world in worlds],
            costs,
        )

    def _learn(self, rollout: Rollout, entropy_weight: float) -> dict[str, float]:
        args = self.args
        batches = [
            batch_of(rollout.views[first : first + args.minibatch])
            for first in range(0, len(rollout.views), args.minibatch)
        ]
        with torch.no_grad():
            before = [self.model.log_probabilities(batch) for batch in batches]
            last = self.model(batch_of(rollout.last))[1].numpy()
        values = torch.cat([value for _, value in before]).numpy().reshape(rollout.rewards.shape)
        advantages, returns = estimates(rollout.rewards, rollout.over, values, last, args.gae)
        first_rows = np.cumsum([len(view.rows) for view in rollout.views]) - [len(view.rows) for view in rollout.views]
        old = torch.cat([logs for logs, _ in before])[torch.from_numpy(first_rows + rollout.chosen)]
        scaled = torch.from_numpy((advantages - advantages.mean()) / (advantages.std() + 1e-8)).reshape(-1)
        targets = torch.from_numpy(returns).reshape(-1)

        figures = {"divergence": 0.0, "entropy": 0.0, "value_loss": 0.0}
        rounds = 0
        for _ in range(args.epochs):
            order = self.random.permutation(len(rollout.views))
            for first in range(0, len(order), args.minibatch):
                picked = order[first : first + args.minibatch]
                batch = batch_of([rollout.views[index] for index in picked])
                index = torch.from_numpy(picked)
                logs, value = self.model.log_probabilities(batch)
                starts = torch.cumsum(batch.counts, 0) - batch.counts
                difference = logs[starts + torch.from_numpy(rollout.chosen[picked])] - old[index]
                ratio = torch.exp(difference)
                advantage = scaled[index]
                gain = torch.minimum(ratio * advantage, ratio.clamp(1.0 - args.clip, 1.0 + args.clip) * advantage)
                entropy = -(torch.exp(logs) * logs).sum() / len(picked)
                value_loss = nn.functional.smooth_l1_loss(value, targets[index], beta=0.1)
                loss = args.value_weight * value_loss - gain.mean() - entropy_weight * entropy
                self.optimizer.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(self.model.parameters(), args.most_gradient)
                self.optimizer.step()
                rounds += 1
                with torch.no_grad():
                    divergence = float((ratio - 1.0 - difference).mean())
                figures["divergence"] += divergence
                figures["entropy"] += float(entropy)
                figures["value_loss"] += float(value_loss)
            if divergence > args.most_divergence:
                break
        explained = 1.0 - float(np.var(returns - values) / (np.var(returns) + 1e-12))
        means = {name: total / rounds for name, total in figures.items()}
        return means | {"explained": explained, "beta": float(self.model.beta)}

    # Going on after an interruption ----------------------------------------------------------------------------------

    def saved(self, more: dict[str, Any]) -> Saved:
        arrays: dict[str, NDArray[Any]] = {
            f"model/{name}": value.numpy() for name, value in self.model.state_dict().items()
        }
        arrays |= optimizer_arrays("adam", self.model, self.optimizer)
        about = {
            "arguments": dataclasses.asdict(self.args),
            "updates": self.updates,
            "random": self.random.bit_generator.state,
            "worlds": [[world.episode, world.choices] for world in self.worlds],
            **more,
        }
        return Saved(about, arrays)

    def restore(self, saved: Saved) -> None:
        self.model.load_state_dict(
            {name: torch.from_numpy(saved.arrays[f"model/{name}"]) for name in self.model.state_dict()}
        )
        restore_optimizer("adam", self.model, self.optimizer, saved.arrays)
        self.updates = int(saved.about["updates"])
        self.random.bit_generator.state = saved.about["random"]
        for world, (episode, choices) in zip(self.worlds, saved.about["worlds"]):
            world.restore(episode, choices)


def optimizer_arrays(prefix: str, model: Model, optimizer: torch.optim.Optimizer) -> dict[str, NDArray[Any]]:
    return {
        f"{prefix}/{name}/{key}": value.numpy()
        for name, parameter in model.named_parameters()
        for key, value in optimizer.state.get(parameter, {}).items()
    }


def restore_optimizer(
    prefix: str, model: Model, optimizer: torch.optim.Optimizer, arrays: Mapping[str, NDArray[Any]]
) -> None:
    for name, parameter in model.named_parameters():
        if f"{prefix}/{name}/step" in arrays:
            optimizer.state[parameter] = {
                key: torch.from_numpy(arrays[f"{prefix}/{name}/{key}"]) for key in ("step", "exp_avg", "exp_avg_sq")
            }


def estimates(rewards: Array, over: NDArray[np.bool_], values: Array, last: Array, gae: float) -> tuple[Array, Array]:
    """Advantages and returns, worlds x steps (Schulman et al.: High-Dimensional Continuous Control Using Generalized
    Advantage Estimation, 2016). Nothing is discounted: what is paid late is paid."""
    advantages = np.zeros_like(rewards)
    following, running = last, np.zeros(len(rewards), np.float32)
    for step in reversed(range(rewards.shape[1])):
        goes_on = ~over[:, step]
        surprise = rewards[:, step] + goes_on * following - values[:, step]
        running = surprise + gae * goes_on * running
        advantages[:, step] = running
        following = values[:, step]
    return advantages, advantages + values
