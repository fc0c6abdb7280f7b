"""Choosing a device."""

from __future__ import annotations

import pytest

from core import device
from core.errors import DeviceError


def test_the_automatic_choice_says_why():
    assert device.choose("auto").reason


def test_a_device_that_is_not_there_is_refused(monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(DeviceError, match="cuda is not available"):
        device.choose("cuda")


def test_a_word_that_is_no_device_is_refused():
    with pytest.raises(DeviceError, match="toaster"):
        device.choose("toaster")


def test_a_gpu_is_preferred_and_named(monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.get_device_name", lambda _i: "Some GPU")
    chosen = device.choose("auto")
    assert (chosen.name, chosen.detail) == ("cuda:0", "Some GPU")


def test_a_gpu_has_one_name(monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.device_count", lambda: 1)
    assert device.choose("cuda").name == device.choose("cuda:0").name
