"""Ultralytics' trainer with our network, schedule and clipping. Import it after `yolo.library()`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import ultralytics.engine.trainer as engine
from torch import nn
from ultralytics.models.yolo.detect import DetectionTrainer

from core.tasks.object_detection.families import finetuned as tuned
from core.training.components import optimisers
from core.training.run import Run

if TYPE_CHECKING:
    from ultralytics.nn.tasks import DetectionModel

    from core.tasks.object_detection.options import DetectionTrainOptions

engine.check_amp = lambda model: True  # theirs fetches a model to try it on


class Trainer(DetectionTrainer):  # type: ignore[misc] # counts as untyped, see pyproject.toml
    def __init__(self, run: Run[DetectionTrainOptions], overrides: dict[str, object]) -> None:
        self.run = run
        super().__init__(overrides=overrides)

    def get_model(
        self, cfg: object = None, weights: object = None, verbose: bool = True
    ) -> DetectionModel:
        network = tuned.network(tuned.architecture(self.run), self.run.dataset.classes)
        if isinstance(weights, nn.Module):
            network.load(weights)  # what fits: the last layers have other classes
        return network

    def _setup_scheduler(self) -> None:
        risen = self.run.options.model_copy(update={"warmup": 0.0})  # the trainer itself warms up
        shape = optimisers.schedule(risen, self.epochs)
        self.lf = lambda epoch: max(shape(epoch), 0.01)
        self.scheduler = torch.optim.lr_scheduler.LambdaLR(self.optimizer, self.lf)

    def optimizer_step(self) -> None:
        self.scaler.unscale_(self.optimizer)
        if self.run.options.max_grad_norm:
            longest = self.run.options.max_grad_norm
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), longest)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.optimizer.zero_grad()
        if self.ema:
            self.ema.update(self.model)

    def final_eval(self) -> None:
        """Theirs strips the checkpoints of what a resumed training needs."""
