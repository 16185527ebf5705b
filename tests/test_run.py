"""A Run: conditions are settled once, networks come when they are asked for, and one scan's words are not another's."""

from __future__ import annotations

import pickle
import shutil

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from halftone_color.checkpoints import loading
from halftone_color.errors import DeviceError, UsageError, WeightsError
from halftone_color.run import CACHE_BYTES, Conditions, Run

PROCESSOR = Conditions(device="cpu", precision="float32")


@pytest.fixture
def run():
    return Run.open(PROCESSOR)


# ---- conditions --------------------------------------------------------------------------------------------------


def test_every_auto_is_settled():
    conditions = Run.open().conditions
    assert conditions.device in ("cpu", "cuda")
    assert conditions.precision in ("float32", "bfloat16")
    assert conditions.threads >= 1
    assert conditions.weights == "default", "which is a name, not a question"
    assert Run.open(conditions).conditions == conditions


def test_conditions_travel(run):
    assert pickle.loads(pickle.dumps(run.conditions)) == run.conditions
    assert hash(run.conditions) == hash(Run.open(PROCESSOR).conditions)


def test_what_is_asked_for_is_taken():
    before = torch.get_num_threads()
    try:
        run = Run.open(Conditions("cpu", "bfloat16", 3, "authors-2021"))
        assert run.conditions == Conditions("cpu", "bfloat16", 3, "authors-2021")
        assert (run.threads, torch.get_num_threads()) == (3, 3)
    finally:
        torch.set_num_threads(before)


def test_a_device_that_is_not_there_is_refused():
    for device in ("cuda:99", "nonsense"):
        with pytest.raises(DeviceError, match=f"'{device}' is not available; use --device auto") as caught:
            Run.open(Conditions(device=device))
        assert caught.value.exit_code == 7


def test_other_conditions_are_refused():
    with pytest.raises(UsageError, match="no precision 'half'"):
        Run.open(Conditions("cpu", precision="half"))
    with pytest.raises(UsageError, match="must be positive, not 0"):
        Run.open(Conditions("cpu", threads=0))


# ---- networks ----------------------------------------------------------------------------------------------------


@pytest.fixture
def loaded(monkeypatch):
    """Return the list of the roles that were loaded, one entry each time."""
    roles = []
    original = loading.networks_for

    def networks_for(set_name, asked, device):
        roles.extend(asked)
        return original(set_name, asked, device)

    monkeypatch.setattr(loading, "networks_for", networks_for)
    return roles


def test_networks_are_loaded_when_they_are_asked_for(run, tiny_weights, loaded):
    run.require(["fusion", "colorizer"])
    assert loaded == []
    network = run.network("fusion")
    assert loaded == ["fusion"]
    assert isinstance(network, torch.nn.Module)
    assert not network.training
    assert run.network("fusion") is network


def test_a_network_loaded_among_inferences_still_has_gradients(run, tiny_weights):
    loading._load.cache_clear()
    with run.inference():
        network = run.network("color-encoder")
    assert not any(weight.is_inference() for weight in network.parameters())


def test_given_networks_come_before_those_of_files(run, tiny_networks, loaded):
    fusion = tiny_networks["fusion"]
    given_ = run.with_networks({"fusion": fusion})
    given_.require(["fusion"])
    assert given_.network("fusion") is fusion
    assert given_.for_scan().network("fusion") is fusion
    both = given_.with_networks({"colorizer": tiny_networks["colorizer"]})
    assert both.network("fusion") is fusion
    assert both.network("colorizer") is tiny_networks["colorizer"]
    assert loaded == []


def test_the_run_that_was_copied_stays_as_it_was(tiny_networks):
    run = Run.open(Conditions("cpu", weights="another-set"))
    run.with_networks(tiny_networks)
    with pytest.raises(WeightsError, match="another-set"):
        run.network("fusion")


def test_missing_weights_are_refused_before_any_work(tiny_weights_folder, tmp_path, monkeypatch, loaded):
    folder = tmp_path / "weights"
    shutil.copytree(tiny_weights_folder, folder)
    run = Run.open(Conditions("cpu", weights=str(folder)))
    monkeypatch.delenv("HCOLOR_WEIGHTS", raising=False)
    run.require(["fusion", "colorizer"])
    with pytest.raises(WeightsError, match=r"no .* weights for telescope"):
        run.require(["telescope"])
    (path,) = folder.glob("*fusion*.safetensors")
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(WeightsError, match="is damaged"):
        run.require(["colorizer", "fusion"])
    path.unlink()
    with pytest.raises(WeightsError, match="is missing"):
        run.require(["colorizer", "fusion"])
    with pytest.raises(WeightsError, match=r"vgg\.pth does not exist"):
        run.require(["vgg19=vgg.pth"])
    with pytest.raises(WeightsError, match="no set of weights 'another-set'"):
        Run.open(Conditions("cpu", weights="another-set")).require(["fusion"])
    assert loaded == []


# ---- arrays and tensors ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(1, 5, 4), (3, 7, 2)])
def test_pictures_become_tensors_and_come_back(run, shape):
    picture = np.random.default_rng(0).random(shape, np.float32)
    tensor = run.tensor(picture)
    assert tensor.shape == (1, *shape)
    assert tensor.is_contiguous(memory_format=torch.channels_last)
    assert str(tensor.device) == run.conditions.device
    again = run.picture(tensor)
    assert again.dtype == np.float32
    np.testing.assert_array_equal(again, picture)
    rounded = run.picture(tensor.to(torch.bfloat16))
    assert rounded.dtype == np.float32
    assert 0 < np.abs(rounded - picture).max() < 1 / 256


def test_any_array_may_become_a_tensor(run):
    picture = np.random.default_rng(0).random((3, 4, 6), np.float32)[:, ::-1, ::2]
    np.testing.assert_array_equal(run.picture(run.tensor(picture)), picture)


@pytest.mark.parametrize(("precision", "dtype"), [("float32", torch.float32), ("bfloat16", torch.bfloat16)])
def test_inference_is_in_the_numbers_of_the_conditions(precision, dtype):
    convolution, run = torch.nn.Conv2d(1, 1, 1), Run.open(Conditions("cpu", precision))
    with run.inference():
        result = convolution(torch.ones(1, 1, 2, 2))
    assert result.dtype == dtype
    assert result.is_inference()
    assert convolution(torch.ones(1, 1, 2, 2)).dtype == torch.float32, "it ends with its block"
    with pytest.raises(ValueError, match="in the block"), run.inference():
        raise ValueError("in the block")
    assert convolution(torch.ones(1, 1, 2, 2)).requires_grad


# ---- progress and notes ------------------------------------------------------------------------------------------


@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=5), st.integers(1, 4))
def test_parts_add_up_to_the_whole(shares, pieces):
    heard = []
    parts = Run.open(PROCESSOR, heard.append).parts({f"step {k}": share for k, share in enumerate(shares)})
    for k in range(len(shares)):
        for _ in range(pieces):
            part = parts(f"step {k}", 1 / pieces)
            inner = part.parts({"first": 1.0, "second": 3.0})
            for name in ("first", "second"):
                step = inner(name)
                step.report(0.5)
                step.report(1.0)
    assert heard == sorted(heard)
    assert heard[0] > 0
    assert heard[-1] == pytest.approx(1)
    assert max(heard) <= 1


def test_a_part_counts_by_its_share():
    heard = []
    parts = Run.open(PROCESSOR, heard.append).parts({"short": 1.0, "long": 3.0})
    parts("short").report(1.0)
    long = parts("long")
    long.report(0.0)
    long.report(0.5)
    long.report(1.0)
    assert heard == pytest.approx([0.25, 0.25, 0.625, 1.0])


def test_nobody_needs_to_listen(run):
    part = run.parts({"all": 1.0})("all")
    part.report(0.5)
    assert part.progress is None


def test_notes_are_those_of_one_scan(run):
    run.note("before all scans")
    first, second = run.for_scan(), run.for_scan()
    first.parts({"all": 1.0})("all").note("said in a part")
    first.note("said at the end")
    second.with_networks({}).note("of the second")
    assert first.notes == ("said in a part", "said at the end")
    assert second.notes == ("of the second",)
    assert run.notes == ("before all scans",)


# ---- what serves many scans --------------------------------------------------------------------------------------


def of(megabytes):
    """Return an array that would take so much memory, were it written to."""
    return np.empty(megabytes * 1_000_000, np.uint8)


def test_what_is_costly_is_made_once_for_all_scans(run):
    made = []
    for scan in (run.for_scan(), run.for_scan(), run.parts({"all": 1.0})("all")):
        thing = scan.cached(("kind", "content"), lambda: made.append(1) or ["thing"])
    assert thing == ["thing"]
    assert made == [1]
    assert run.cached(("kind", "other content"), lambda: "another") == "another"
    assert Run.open(PROCESSOR).cached(("kind", "content"), lambda: "new") == "new", "runs share nothing"


def test_the_least_recently_used_goes_first(run):
    each = CACHE_BYTES // 1_000_000 // 3 - 5
    for key in "abc":
        run.cached(key, lambda: of(each))
    run.cached("a", lambda: pytest.fail("a is kept"))
    run.cached("d", lambda: of(each))
    for key in "acd":
        run.cached(key, lambda: pytest.fail("that should be kept"))
    made = []
    run.cached("b", lambda: made.append(1))
    assert made == [1], "b was the least recently used"


@pytest.mark.parametrize(
    "hold",
    [
        lambda array: array,
        lambda array: (array,),
        lambda array: [{"deep": array}],
        torch.from_numpy,
        lambda array: (torch.from_numpy(array), 1),
    ],
)
def test_what_is_kept_is_bounded_in_bytes_whatever_holds_them(run, hold):
    for key in range(4):
        run.cached(key, lambda: hold(of(100)))
    made = []
    for key in (3, 2, 1, 0):
        run.cached(key, lambda key=key: made.append(key))
    assert made == [1, 0], "of four times 100 MB two are kept"


def test_one_large_thing_is_kept_all_the_same(run):
    run.cached("large", lambda: of(2 * CACHE_BYTES // 1_000_000))
    run.cached("large", lambda: pytest.fail("it would be read again for every scan"))
