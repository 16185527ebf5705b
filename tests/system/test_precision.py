"""Precision is chosen for a block and returns to what it was."""

from __future__ import annotations

import pytest
import torch

from halftone_color.errors import UsageError
from halftone_color.system import precision


def dtype_of_a_convolution():
    convolution = torch.nn.Conv2d(1, 1, 1)
    with precision.autocast(), torch.inference_mode():
        return convolution(torch.ones(1, 1, 2, 2)).dtype


@pytest.mark.parametrize(
    ("name", "able", "dtype"),
    [
        ("auto", True, torch.bfloat16),
        ("auto", False, torch.float32),
        ("float32", True, torch.float32),
        ("bfloat16", False, torch.bfloat16),
    ],
)
def test_what_networks_compute_in(name, able, dtype, monkeypatch):
    monkeypatch.setattr(precision, "processor_has_bfloat16", lambda: able)
    with precision.using(name):
        assert dtype_of_a_convolution() == dtype


def test_a_choice_ends_with_its_block(monkeypatch):
    monkeypatch.setattr(precision, "processor_has_bfloat16", lambda: False)
    with pytest.raises(ValueError, match="within"), precision.using("bfloat16"):
        raise ValueError("within")
    assert dtype_of_a_convolution() == torch.float32


def test_other_numbers_are_refused():
    refused = pytest.raises(UsageError, match="no precision 'half'; choose one of auto, float32, bfloat16")
    with refused, precision.using("half"):
        pass


def test_a_torch_that_cannot_tell_means_no(monkeypatch):
    precision.processor_has_bfloat16.cache_clear()
    monkeypatch.setattr(torch, "cpu", object())
    assert precision.processor_has_bfloat16() is False
    precision.processor_has_bfloat16.cache_clear()
