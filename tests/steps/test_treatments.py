"""Where the network is worse than a blur, the plan takes the blur, unless the request says how to work."""

from halftone_color.request import Choice
from halftone_color.steps.treatments import TREATMENTS, choose_method
from halftone_color.types import FORMS, Screen


def test_every_treatment_is_of_a_form_and_can_be_built():
    from halftone_color import registry

    assert set(TREATMENTS) <= set(FORMS)
    for treatment in TREATMENTS.values():
        registry.build("descreeners", Choice(treatment.method, treatment.options))


def test_a_form_gets_its_treatment_and_a_note():
    chosen, notes = choose_method(Choice("network"), Screen("clustered-dot", 2.0, 45.0, form="moire"))
    assert dict(chosen.options)["blur_px"] > 0
    assert len(notes) == 1
    drawn, notes = choose_method(Choice.of("diffusion", {"steps": 4}), Screen("clustered-dot", 2.0, 45.0, form="moire"))
    assert (drawn.name, dict(drawn.options)["steps"], len(notes)) == ("diffusion", 4, 1)
    assert dict(drawn.options)["blur_px"] == dict(chosen.options)["blur_px"]
    assert choose_method(Choice("network"), Screen("error-diffusion", form="palette"))[0].name == "gaussian"


def test_usual_screens_and_requests_are_left_alone():
    for asked in (Choice("gaussian"), Choice.of("network", {"blur_px": 0.0})):
        assert choose_method(asked, Screen("clustered-dot", 2.0, 45.0, form="moire")) == (asked, ())
    asked = Choice.of("network", {"residue": False})
    assert choose_method(asked, Screen("error-diffusion", form="palette")) == (asked, ())
    asked = Choice("diffusion")
    assert choose_method(asked, Screen("error-diffusion", form="palette")) == (asked, ())
    for usual in (Screen("clustered-dot", 5.0, 45.0), Screen("stochastic", form="soft")):
        assert choose_method(Choice("network"), usual) == (Choice("network"), ())
