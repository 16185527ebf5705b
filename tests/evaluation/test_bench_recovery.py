import numpy as np
import pytest
import torch
from evaluation_pictures import colorful

from halftone_color.arrays.color import rgb_to_luma
from halftone_color.evaluation import Materials, filters, photographs
from halftone_color.evaluation._recovery_realism import Realism
from halftone_color.evaluation.sections import recovery
from halftone_color.evaluation.sections.random import STAGES
from halftone_color.metrics.fidelity import chroma_psnr, psnr, ssim
from halftone_color.run import Conditions


@pytest.fixture
def quick(monkeypatch, weights):
    monkeypatch.setattr(filters, "SIGMAS_PX", np.array([1.0, 1.5]))


def test_a_mirrored_reference_is_the_middle_turned_round():
    picture = np.arange(300, dtype=np.float32).reshape(3, 10, 10)
    turned = recovery.mirror(recovery.middle(picture))
    assert turned.shape == (3, 8, 8)
    assert turned[0, 0, 0] == picture[0, 1, 8]
    assert turned[2, 7, 7] == picture[2, 8, 1]


def test_rows_have_the_luma_and_color_they_claim(quick):
    truth = colorful(3, 96, 96)
    rows, found = recovery.recovered(truth, Conditions())
    assert found
    assert {row.shape for row in rows.values()} == {truth.shape}
    assert np.ptp(rows["gray (true luma)"], axis=0).max() == 0
    assert np.allclose(rgb_to_luma(rows["gray (true luma)"]), rgb_to_luma(truth), atol=1e-5)
    tint, blurred = rows["blurred gray, true mean chroma"], rows["blurred gray"]
    assert np.allclose(rgb_to_luma(tint), rgb_to_luma(blurred), atol=1e-5)
    assert chroma_psnr(tint, truth) > chroma_psnr(blurred, truth)
    assert np.abs(rows["fused"] - rows["code only, fused"]).max() > 0
    assert np.abs(rows["IHN -> C"] - rows["C -> IHN"]).max() > 0
    np.testing.assert_allclose(rows["mean of both orders"], (rows["IHN -> C"] + rows["C -> IHN"]) / 2, atol=1e-6)


def test_the_table_holds_the_means_over_portraits(quick, photos, cells):
    report = recovery.measure(Materials(photos), side=64)
    gray = cells(report)["gray (true luma)"]
    truths = [photographs.square(photos / name, 64) for name in ("pixabay-0.png", "fairface-1.png")]
    grays = [np.repeat(rgb_to_luma(truth), 3, 0) for truth in truths]
    for column, metric in (("PSNR dB", psnr), ("SSIM", ssim), ("chroma PSNR dB", chroma_psnr)):
        expected = np.mean([metric(g, t) for g, t in zip(grays, truths, strict=True)])
        assert float(gray[column]) == pytest.approx(expected, abs=0.006)
    assert "2 validation portraits" in report
    assert "PSNR >= 22.7: " in report
    assert "Realism: not measured" in report


def judged(brightness):
    """Return a picture, and a judge that tells pictures apart by their brightness alone."""
    picture = np.full((3, 32, 32), brightness, np.float32)

    def judge(rgb):
        pooled = rgb.mean() * torch.ones(1, 8)
        return {stage: rgb for stage in STAGES} | {"pooled": pooled, "logits": torch.zeros(1, 2)}

    return picture, judge


def test_what_is_as_bright_as_the_truth_is_as_real():
    (dark, judge), (light, _) = judged(0.1), judged(0.9)
    good, bad = Realism(judge), Realism(judge)
    for truth in (dark, dark, light, light) * 2:
        good.add(truth, [truth, truth])
        bad.add(truth, [light, light])
    assert good.kids()[0] < 1e-6 < bad.kids()[0]
    assert good.kids()[1] == bad.kids()[1]
    assert "in place of the paper's FID" in good.told()
