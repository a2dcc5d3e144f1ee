"""A whole training: plays and learns, looks how good it is now and then, can be interrupted, and writes the policy.

In its folder: `curve.jsonl`, one object for each update; `state.npz`, to go on from; at the end `policy.npz`.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from function_quest.baselines import HEURISTIC
from function_quest.learned import checkpoint
from function_quest.learned.network import SHAPES, Array
from function_quest.level import GENERATOR_VERSION

from .curriculum import WEIGHTS, validation
from .ppo import Args, Trainer
from .pretraining import pretrain
from .state import Saved, load_state, save_state
from .validation import Figures, Validation

MARGINS = (0.04, 0.06, 0.1)
# By what margin it is looked at on the way.
LOOKED_AT = 0.06


class Effort(NamedTuple):
    """How much is spent on looking how good it is. Changes the figures, and which weights are taken at the end."""

    every: int = 10  # updates
    levels: int = 12  # of each family, each time
    last_levels: int = 30  # at the end


def train(args: Args, folder: Path, say: Callable[[str], None], effort: Effort = Effort()) -> str:
    """Returns the SHA-256 of the policy's file. Raises StateError when the folder holds another training; OSError.

    Branches are kept beside the folder: other seeds use the same."""
    folder.mkdir(parents=True, exist_ok=True)
    run = _Run(args, folder, say, effort)
    run.play()
    return run.finish()


class _Run:
    def __init__(self, args: Args, folder: Path, say: Callable[[str], None], effort: Effort) -> None:
        self.args, self.folder, self.say, self.effort = args, folder, say, effort
        self.trainer = Trainer(args)
        self.validation = Validation(validation(effort.levels))
        saved = load_state(folder / "state.npz", dataclasses.asdict(args))
        if saved is not None:
            self.curve: list[dict[str, Any]] = saved.about["curve"]
            self.trainer.restore(saved)
            self.pretrained = {name: saved.arrays[f"pretrained/{name}"] for name in SHAPES}
            say(f"going on after update {self.trainer.updates} of {args.updates}")
            return
        say(f"playing to see what the features are like ({args.worlds * args.calibration} decisions)")
        self.trainer.calibrate()
        self.curve = list(pretrain(args, self.trainer.model, folder.parent / "branches", say))
        self.curve[-1] |= _described(self.validation.of(self.trainer.model.exported(), LOOKED_AT))
        self.pretrained = self.trainer.model.exported()
        self._save()

    def play(self) -> None:
        args = self.args
        while self.trainer.updates < args.updates:
            figures: dict[str, Any] = dict(self.trainer.update())
            number = self.trainer.updates
            if number % self.effort.every == 0 or number == args.updates:
                figures |= _described(self.validation.of(self.trainer.model.exported(), LOOKED_AT))
            self.curve.append(figures)
            self.say(f"{number}/{args.updates} " + ", ".join(f"{n} {_short(value)}" for n, value in figures.items()))
            if number % args.save_every == 0 or number == args.updates:
                self._save()

    def _save(self) -> None:
        saved = self.trainer.saved({"curve": self.curve})
        arrays = {f"pretrained/{name}": array for name, array in self.pretrained.items()}
        save_state(self.folder / "state.npz", Saved(saved.about, {**saved.arrays, **arrays}))
        (self.folder / "curve.jsonl").write_text("".join(json.dumps(line) + "\n" for line in self.curve))

    def finish(self) -> str:
        """The best of what there is on levels nothing was trained on: with PPO or without, and how sure it must be."""
        looks = Validation(validation(self.effort.last_levels, first=self.effort.levels))
        found: list[tuple[float, float, str, dict[str, Array], Figures]] = []
        for stage, weights in (("pretrained", self.pretrained), ("ppo", self.trainer.model.exported())):
            for margin in MARGINS:
                figures = looks.of(weights, margin)
                self.say(
                    f"{stage}, margin {margin:g}: {figures.score:+.2%} against the heuristic, "
                    f"success {figures.success:+.2%} {json.dumps(figures.families)}"
                )
                found.append((figures.score, margin, stage, weights, figures))
        # Of equals the more careful one.
        _, margin, stage, weights, figures = min(found, key=lambda one: (round(one[0], 4), -one[1]))
        about = {
            "name": f"seed-{self.args.seed}",
            "arguments": dataclasses.asdict(self.args),
            "curriculum": WEIGHTS,
            "generator": GENERATOR_VERSION,
            "heuristic": HEURISTIC.name,
            "stage": stage,
            "margin": margin,
            "validation": _described(figures),
            "numpy": np.__version__,
            "parent": None,
        }
        path = self.folder / "policy.npz"
        sha = checkpoint.write(path, checkpoint.new(weights, about))
        self.say(f"{path}: sha256 {sha}")
        return sha


def _described(figures: Figures) -> dict[str, Any]:
    families = {name: round(value, 5) for name, value in figures.families.items()}
    return {"score": round(figures.score, 5), "success": round(figures.success, 5), "families": families}


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else json.dumps(value)
