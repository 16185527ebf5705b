import numpy as np
from evaluation_pictures import colorful

from halftone_color.evaluation import color_sheets
from halftone_color.images.reading import read
from halftone_color.images.writing import write


def test_a_sheet_has_a_row_per_photograph_below_the_references(tmp_path, monkeypatch):
    from types import SimpleNamespace

    def colorize(gray, *, references=(), samples=0, seed=0, **conditions):
        levels = np.linspace(0.2, 0.8, samples) if samples else [0.1 if references else 0.9]
        pictures = [np.float32([level, 0.5, 0.5])[:, None, None] * np.ones((3, 64, 64), np.float32) for level in levels]
        return SimpleNamespace(picture=pictures[0], pictures=pictures)

    monkeypatch.setattr(color_sheets.api, "colorize", colorize)
    write(tmp_path / "one.png", colorful(1, 64, 64))
    write(tmp_path / "two.png", colorful(2, 64, 64)[:1])
    output = color_sheets.sheet(
        [tmp_path / "one.png", tmp_path / "two.png"], [tmp_path / "one.png"], tmp_path / "sheet.png", cell_px=64
    )
    page = read(output).pixels
    step_y, step_x = page.shape[1] // 3, page.shape[2] // 7
    assert (page[:, :step_y, : 6 * step_x] == 1).all()
    middles = [[page[:, int((y + 0.45) * step_y), int((x + 0.5) * step_x)] for x in range(7)] for y in range(3)]
    for row in middles[1:]:
        np.testing.assert_allclose([cell[0] for cell in row[1:]], [0.9, 0.2, 0.4, 0.6, 0.8, 0.1], atol=0.01)
        assert np.ptp(row[0]) < 0.01, "the photograph is shown gray"
    assert np.ptp(middles[0][6]) > 0.01, "the reference is shown in color"
