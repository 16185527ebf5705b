"""Every "auto" is settled for this machine, and what is not there is refused."""

from __future__ import annotations

import os

import pytest
import torch

from halftone_color.errors import DeviceError, UsageError
from halftone_color.system import devices


def test_the_processor_is_always_there(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert devices.resolve_device("cpu") == "cpu"
    assert devices.resolve_device("auto") == "cpu"


def test_auto_takes_the_graphics_card_where_there_is_one(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert devices.resolve_device("auto") == "cuda"
    assert devices.resolve_device("cpu") == "cpu"


@pytest.mark.parametrize("device", ["cuda:99", "nonsense", "meta:"])
def test_a_device_that_is_not_there_is_refused(device):
    with pytest.raises(DeviceError, match="use --device auto or --device cpu") as caught:
        devices.resolve_device(device)
    assert device in str(caught.value)
    assert caught.value.exit_code == 7


@pytest.mark.parametrize("error", [RuntimeError, AssertionError, NotImplementedError])
def test_whatever_torch_says_of_a_missing_device(error, monkeypatch):
    def zeros(*size, device):
        raise error("Torch not compiled with that")

    monkeypatch.setattr(torch, "zeros", zeros)
    with pytest.raises(DeviceError, match="'mps' is not available"):
        devices.resolve_device("mps")


@pytest.mark.parametrize(
    ("name", "device", "able", "settled"),
    [
        ("auto", "cpu", True, "bfloat16"),
        ("auto", "cpu", False, "float32"),
        ("auto", "cuda", False, "bfloat16"),
        ("auto", "cuda:1", False, "bfloat16"),
        ("auto", "mps", True, "float32"),
        ("float32", "cpu", True, "float32"),
        ("bfloat16", "cpu", False, "bfloat16"),
        ("float32", "cuda", True, "float32"),
    ],
)
def test_what_networks_compute_in(name, device, able, settled, monkeypatch):
    monkeypatch.setattr(devices, "processor_has_bfloat16", lambda: able)
    assert devices.resolve_precision(name, device) == settled


def test_other_numbers_are_refused():
    with pytest.raises(UsageError, match="no precision 'half'; choose one of auto, float32, bfloat16"):
        devices.resolve_precision("half", "cpu")


def test_threads(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert devices.resolve_threads(None) == 3
    assert devices.resolve_threads(1) == 1
    assert devices.resolve_threads(64) == 64, "more than MOST_THREADS where that is asked for"
    monkeypatch.setenv("OMP_NUM_THREADS", "100")
    assert devices.resolve_threads(None) == devices.MOST_THREADS
    for refused in (0, -2):
        with pytest.raises(UsageError, match="give --threads 1 or more"):
            devices.resolve_threads(refused)


@pytest.mark.parametrize("said", ["", "0", "many"])
def test_threads_are_as_many_as_the_process_may_use(said, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", said)
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 2, 5}, raising=False)
    assert devices.resolve_threads(None) == 3
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert devices.resolve_threads(None) == 1


def test_a_torch_that_cannot_tell_means_no(monkeypatch):
    devices.processor_has_bfloat16.cache_clear()
    monkeypatch.setattr(torch, "cpu", object())
    assert devices.processor_has_bfloat16() is False
    devices.processor_has_bfloat16.cache_clear()


@pytest.mark.parametrize("feature", ["_is_avx512_bf16_supported", "_is_amx_tile_supported"])
def test_one_of_two_features_will_do(feature, monkeypatch):
    devices.processor_has_bfloat16.cache_clear()
    monkeypatch.setattr(torch, "cpu", type("Processor", (), {feature: staticmethod(lambda: True)}))
    assert devices.processor_has_bfloat16() is True
    devices.processor_has_bfloat16.cache_clear()
