"""Methods are found by name, synonym and variant, and refuse what they do not have."""

from __future__ import annotations

import dataclasses
from types import ModuleType

import pytest

from halftone_color import errors, registry
from halftone_color.errors import HcolorError, UsageError
from halftone_color.types import Screen


def test_file_names_are_method_names():
    assert list(registry.methods("descreeners")) == ["gaussian", "network"]
    assert set(registry.methods("fusers")) == {"mean", "network"}
    assert not [name for name in registry.methods("colorizers") if name.startswith("_") or "_" in name]


def test_help_is_the_first_line():
    assert registry.find("fusers", "mean").summary.startswith("Mean of the two cascade orders")


def test_needs():
    assert registry.find("descreeners", "gaussian").needs == ()
    assert registry.find("descreeners", "network").needs == ("inverse-halftone",)


def test_needs_may_depend_on_options():
    module = ModuleType("halftone_color.room.file", "Summary.")
    module.Options = dataclasses.make_dataclass("Options", [("then", str, "a")], frozen=True)
    module.needs = lambda options: ("eye", options.then)
    method = registry.Method("b", module, {})
    assert method.needs == ("eye", "a")
    assert method.needs_with(method.options(then="c")) == ("eye", "c")
    assert registry.find("descreeners", "network").needs_with(None) == ("inverse-halftone",)


def test_spelling_does_not_matter():
    assert registry.find("descreeners", " Gaussian ").name == "gaussian"


def test_an_unknown_method_names_the_nearest():
    with pytest.raises(
        UsageError, match=r"no descreen method 'gausian'. Did you mean gaussian\? Methods: gaussian, net"
    ):
        registry.find("descreeners", "gausian")
    with pytest.raises(UsageError) as caught:
        registry.find("descreeners", "xyz")
    assert "Did you mean" not in str(caught.value)


def test_variants_fix_options():
    @dataclasses.dataclass(frozen=True)
    class Options:
        kernel: str = "a"
        strength: float = 1.0

    module = ModuleType("halftone_color.room.file", "Summary.\n\nMore.")
    module.Options = Options
    method = registry.Method("b", module, {"kernel": "b"})
    assert method.options(strength=2.0) == Options("b", 2.0)
    with pytest.raises(UsageError, match="no option 'kernel'; its options: strength"):
        method.options(kernel="c")
    assert method.summary == "Summary."


def test_synonyms_and_variants_of_halftoning():
    methods = registry.methods("halftoners")
    kernels = {name for name, method in methods.items() if method.preset}
    assert len(kernels) == 9
    for room_method in methods.values():
        for synonym, name in getattr(room_method.module, "ALIASES", {}).items():
            assert registry.find("halftoners", synonym).name == name
    assert registry.find("halftoners", "Floyd_Steinberg").name == "floyd-steinberg"


def test_each_error_has_an_exit_code_of_its_own():
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, HcolorError)]
    codes = {kind.exit_code for kind in kinds}
    assert len(codes) == len(kinds)
    assert codes == set(range(1, 9))


def test_a_screen_is_present_unless_there_is_none():
    assert Screen("clustered-dot", 4.0, 45.0).present
    assert Screen("stochastic").present
    assert not Screen("none").present
