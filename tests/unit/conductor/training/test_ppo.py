"""PPO, with a budget of seconds. What it learns in earnest is measured by `./dev bench conductor`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="python3-torch is not installed: ./dev train installs it")

from function_quest.learned import Network, checkpoint  # noqa: E402
from training.ppo import Args, Trainer, batch_of, estimates  # noqa: E402
from training.pretraining import pretrain  # noqa: E402
from training.run import Effort, train  # noqa: E402
from training.world import View  # noqa: E402

TINY = Args(
    worlds=8,
    steps=16,
    decisions=8 * 16 * 4,
    minibatch=64,
    calibration=16,
    save_every=2,
    branch_batches=2,
    branch_epochs=2,
)
EFFORT = Effort(every=3, levels=1, last_levels=1)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Trainings in one folder share their branches, which are made once."""
    return tmp_path_factory.mktemp("training")


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.branches.EPISODES", 4)


def quiet(_: str) -> None:
    pass


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path, shared: Path) -> None:
    """Also where nothing is shared: the branches themselves are made anew."""
    first = train(TINY, shared / "whole", quiet, EFFORT)
    assert train(TINY, tmp_path / "b", quiet, EFFORT) == first
    assert (shared / "whole" / "policy.npz").read_bytes() == (tmp_path / "b" / "policy.npz").read_bytes()
    other = train(Args(**{**vars(TINY), "seed": 2}), shared / "other", quiet, EFFORT)
    assert other != first
    read = checkpoint.read(shared / "whole" / "policy.npz")
    assert read.header["arguments"]["decisions"] == TINY.decisions and "families" in read.header["validation"]


@pytest.mark.parametrize("interrupted_at", ["branches: 2", "epoch 2", "1/4", "3/4"])
def test_an_interrupted_training_ends_in_the_same_bytes(tmp_path: Path, interrupted_at: str, shared: Path) -> None:
    """Interrupted in either half, after what was not saved yet, or was."""

    def interrupt(line: str) -> None:
        if line.startswith(interrupted_at):
            raise KeyboardInterrupt

    folder = shared / interrupted_at.replace("/", "-")
    with pytest.raises(KeyboardInterrupt):
        train(TINY, folder, interrupt, EFFORT)
    assert not (folder / "policy.npz").exists()
    said: list[str] = []
    resumed = train(TINY, folder, said.append, EFFORT)
    went_on = {"1/4": "going on after update 0 of 4", "3/4": "going on after update 2 of 4"}
    assert said[0].startswith(went_on.get(interrupted_at, "playing to see"))
    assert resumed == train(TINY, shared / "whole", quiet, EFFORT)
    assert len((folder / "curve.jsonl").read_text().splitlines()) == 2 + 4


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

    args = Args(worlds=8, steps=64, decisions=8 * 64 * 12, minibatch=128, calibration=4, learning_rate=2e-3, beta=0.5)
    trainer = Trainer(args)
    trainer.worlds = [Choice(seed) for seed in range(8)]  # type: ignore[misc]
    trainer.calibrate()
    costs = [trainer.update()["cost"] for _ in range(12)]
    assert costs[0] > 0.6 and costs[-1] < 0.15, costs


def test_differences_of_scores_learn_what_actions_are_worth(shared: Path) -> None:
    """What it has seen, at least: half of the loss is gone after some rounds."""
    args = Args(**{**vars(TINY), "branch_epochs": 60})
    trainer = Trainer(args)
    trainer.calibrate()
    curve = pretrain(args, trainer.model, shared / "branches", quiet)
    assert curve[-1]["loss"] < 0.5 * curve[0]["loss"]
