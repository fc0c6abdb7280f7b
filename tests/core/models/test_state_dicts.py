"""Filling networks with the tensors of foreign checkpoints."""

from __future__ import annotations

import pytest

from core.errors import IntegrityError
from core.models import state_dicts


def network():
    from torch import device, nn

    with device("meta"):
        return nn.Linear(3, 2, bias=False)


def test_transposed_tensors_are_laid_out_anew():
    import torch

    transposed = torch.arange(6.0).reshape(3, 2).T
    filled = network()
    state_dicts.fill(filled, {"weight": transposed}, "tiny")
    assert filled.weight.is_contiguous()
    assert torch.equal(filled.weight, transposed)


def test_a_value_that_is_no_tensor_is_refused():
    with pytest.raises(IntegrityError, match="tiny"):
        state_dicts.fill(network(), {"weight": [1.0, 2.0]}, "tiny")
