"""PPO, with a budget of seconds. What it learns in earnest is measured by `./dev bench conductor`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="python3-torch is not installed: ./dev train installs it")

from function_quest.learned import Network, checkpoint  # noqa: E402
from training.ppo import Args, Trainer, batch_of, estimates  # noqa: E402
from training.pretraining import Pretrainer  # noqa: E402
from training.run import Effort, train  # noqa: E402
from training.world import View  # noqa: E402

TINY = Args(
    worlds=8,
    steps=16,
    decisions=8 * 16 * 4,
    minibatch=64,
    calibration=16,
    save_every=2,
    pretraining_batches=4,
    pretraining_episodes=3,
    pretraining_steps=3,
    pretraining_first=2,
)
EFFORT = Effort(every=3, levels=1, last_levels=1)


def quiet(_: str) -> None:
    pass


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    first = train(TINY, tmp_path / "a", quiet, EFFORT)
    assert train(TINY, tmp_path / "b", quiet, EFFORT) == first
    assert (tmp_path / "a" / "policy.npz").read_bytes() == (tmp_path / "b" / "policy.npz").read_bytes()
    other = train(Args(**{**vars(TINY), "seed": 2}), tmp_path / "c", quiet, EFFORT)
    assert other != first
    read = checkpoint.read(tmp_path / "a" / "policy.npz")
    assert read.header["arguments"]["decisions"] == TINY.decisions and "families" in read.header["validation"]


@pytest.mark.parametrize("interrupted_at", [3, 5, 8])
def test_an_interrupted_training_ends_in_the_same_bytes(tmp_path: Path, interrupted_at: int) -> None:
    """Interrupted in either half, after a batch or an update whose state was not saved yet, or one that was."""
    steps = 0

    def interrupt(line: str) -> None:
        nonlocal steps
        steps += "/4 " in line
        if steps == interrupted_at:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(TINY, tmp_path / "a", interrupt, EFFORT)
    assert not (tmp_path / "a" / "policy.npz").exists()
    said: list[str] = []
    resumed = train(TINY, tmp_path / "a", said.append, EFFORT)
    batches, updates = {3: (2, 0), 5: (2, 0), 8: (4, 2)}[interrupted_at]
    assert said[0] == f"going on after batch {batches} of 4, update {updates} of 4"
    assert resumed == train(TINY, tmp_path / "b", quiet, EFFORT)
    assert len((tmp_path / "a" / "curve.jsonl").read_text().splitlines()) == 8


def views_of(trainer: Trainer, count: int) -> list[View]:
    source = np.random.Generator(np.random.PCG64(9))
    found: list[View] = []
    while len(found) < count:
        for world in trainer.worlds:
            found.append(world.view)
            world.step(int(source.integers(len(world.view.rows))))
    return found[:count]


def test_numpy_scores_as_pytorch_does() -> None:
    """Gate G7 in short (`./dev bench conductor` has 4 000 states of the shipped policy)."""
    trainer = Trainer(TINY)
    trainer.calibrate()
    for _ in range(3):
        trainer.update()
    network = Network(trainer.model.exported())
    views = views_of(trainer, 400)
    with torch.no_grad():
        expected = trainer.model(batch_of(views))[0].numpy()
    end = 0
    for view in views:
        begin, end = end, end + len(view.rows)
        rows, whole, _ = network.clipped(view.rows, view.whole)
        scores = network.scores(rows, whole, view.heuristic)
        assert np.abs(scores - expected[begin:end]).max() <= 1e-4
        assert np.argmax(scores) == np.argmax(expected[begin:end])


def test_probabilities_of_a_decision_sum_to_one() -> None:
    trainer = Trainer(TINY)
    trainer.calibrate()
    batch = batch_of(views_of(trainer, 50))
    logs, value = trainer.model.log_probabilities(batch)
    sums = torch.zeros(50).index_add(0, batch.segment, torch.exp(logs))
    assert torch.allclose(sums, torch.ones(50), atol=1e-5) and value.shape == (50,)
    best = [int(torch.argmax(part)) for part in torch.split(logs, batch.counts.tolist())]
    assert (
        best == (batch.heuristic - (torch.cumsum(batch.counts, 0) - batch.counts)).tolist()
    ), "the heuristic's at first"


def test_advantages_by_hand() -> None:
    rewards = np.array([[1.0, 2.0, 3.0]], np.float32)
    over = np.array([[False, True, False]])
    values = np.array([[0.5, 0.25, 1.0]], np.float32)
    last = np.array([4.0], np.float32)
    advantages, returns = estimates(rewards, over, values, last, 0.5)
    second = 2.0 - 0.25  # the episode ends here: nothing follows
    first = 1.0 + 0.25 - 0.5 + 0.5 * second
    third = 3.0 + 4.0 - 1.0
    assert advantages.tolist() == [[first, second, third]]
    assert returns.tolist() == [[first + 0.5, second + 0.25, third + 1.0]]


def test_it_learns_what_is_plainly_better() -> None:
    """One row is worth more than the others and can be told from its features: some updates must be enough."""

    class Choice:
        """A world of one decision an episode: row k, which its first feature names, costs nothing."""

        def __init__(self, seed: int) -> None:
            self.source = np.random.Generator(np.random.PCG64(seed))
            self.cost = 0.0
            self.next()

        def next(self) -> None:
            rows = self.source.standard_normal((5, 34)).astype(np.float32)
            self.best = int(self.source.integers(5))
            rows[:, 0], rows[self.best, 0] = 0.0, 1.0
            self.view = View(rows, np.zeros(14, np.float32), 0, (1.0, 0.0, 0.0, 0.0))

        def step(self, choice: int) -> tuple[float, bool]:
            reward = 0.0 if choice == self.best else -1.0
            self.next()
            return reward, True

    trainer = Trainer(Args(worlds=8, steps=64, decisions=8 * 64 * 12, minibatch=128, calibration=4))
    trainer.worlds = [Choice(seed) for seed in range(8)]  # type: ignore[misc]
    trainer.calibrate()
    costs = [trainer.update()["cost"] for _ in range(12)]
    assert costs[0] > 0.6 and costs[-1] < 0.15, costs


def test_differences_of_scores_learn_what_actions_are_worth() -> None:
    """Half of the loss on branchings it has seen is gone after some steps."""
    trainer = Trainer(TINY)
    trainer.calibrate()
    pretrainer = Pretrainer(Args(**{**vars(TINY), "pretraining_steps": 60, "pretraining_episodes": 6}), trainer.model)
    pretrainer.update()
    with torch.no_grad():
        after = float(pretrainer.loss(pretrainer.kept))
    untrained = Pretrainer(TINY, Trainer(TINY).model)
    with torch.no_grad():
        before = float(untrained.loss(pretrainer.kept))
    assert after < 0.5 * before
