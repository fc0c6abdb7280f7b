"""Finding out what can be reached, without waiting."""

from __future__ import annotations

import time

import pytest

from core.models import network
from core.settings import settings


def test_no_answer_takes_no_longer_than_the_probe(monkeypatch):
    def hang(*_args: object, **_options: object) -> None:
        time.sleep(30)

    monkeypatch.setattr("requests.head", hang)
    start = time.monotonic()
    dead = network.unreachable([f"https://host{i}.invalid/x" for i in range(5)])
    assert time.monotonic() - start < 3
    assert len(dead) == 5


def test_a_refused_connection_names_the_host():
    reason = network.unreachable(["http://127.0.0.1:9/x"])["http://127.0.0.1:9/x"]
    assert reason.format(host="127.0.0.1:9") == "127.0.0.1:9 cannot be reached"


@pytest.mark.parametrize("name", ["PORTAL_OFFLINE", "HF_HUB_OFFLINE"])
def test_offline_mode_is_said_and_nothing_is_tried(monkeypatch, name):
    monkeypatch.setenv(name, "1")
    monkeypatch.setattr(network, "_probe", lambda url: pytest.fail("tried"))
    settings.cache_clear()
    hub = "https://huggingface.co/team/model"
    assert name in network.unreachable([hub])[hub]


def test_the_hubs_offline_mode_leaves_the_package_index_alone(monkeypatch, server):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert network.unreachable([server.url]) == {}


def test_a_mirror_of_the_hub_is_honoured(monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "https://mirror.example/")
    assert network.hub_endpoint() == "https://mirror.example"


def test_pips_environment_wins_over_its_files():
    listing = "global.index-url='https://a.example/simple'\n:env:.index-url='https://b.example/simple'\nglobal.cert='/c.pem'\n"
    assert network._parse(listing) == {"index-url": "https://b.example/simple", "cert": "/c.pem"}


def test_the_index_is_the_one_pip_is_configured_for(monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    network.package_index.cache_clear()
    try:
        assert network.package_index().urls[0] == "http://127.0.0.1:9/simple"
    finally:
        network.package_index.cache_clear()


def test_a_pip_that_only_knows_a_folder_leaves_the_default_index(monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "file:///srv/packages/simple")
    monkeypatch.delenv("PIP_EXTRA_INDEX_URL", raising=False)
    network.package_index.cache_clear()
    try:
        assert all(url.startswith("http") for url in network.package_index().urls)
        assert network.package_index().urls
    finally:
        network.package_index.cache_clear()
