"""What all families have in common: a network that a library builds by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Self

from pydantic import StringConstraints, model_validator

from core.models.catalog import FamilyConfig

if TYPE_CHECKING:
    from torch import nn

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,100}$")]
"""The name of a network in its library. timm takes addresses in the same place (`hf-hub:…`): none passes."""
Pixels = tuple[tuple[float, float, float], tuple[float, float, float]]

HALF = (0.5, 0.5, 0.5)


class Architecture(FamilyConfig):
    """A network of timm (`timm`) or of torchvision (`builder`): one of the two names is given."""

    timm: Name | None = None
    builder: Name | None = None

    @model_validator(mode="after")
    def _has_one_name(self) -> Self:
        if (self.timm is None) == (self.builder is None):
            raise ValueError("a network has a name in timm or in torchvision")
        return self

    def untrained(self) -> nn.Module:
        """The network with random weights and its library's own last layer."""
        if self.timm is not None:
            import timm

            return timm.create_model(self.timm, pretrained=False)
        from torchvision.models import get_model

        assert self.builder is not None  # see `_has_one_name`
        network: nn.Module = get_model(self.builder, weights=None)
        return network

    @property
    def pixels(self) -> Pixels:
        """Mean and standard deviation of each channel in [0, 1] that the published weights were trained with."""
        if self.timm is not None:
            return HALF, HALF
        return (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
