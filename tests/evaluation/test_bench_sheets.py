import numpy as np
from evaluation_pictures import colorful

from halftone_color.evaluation import halftones, sheets
from halftone_color.images.reading import read
from halftone_color.images.writing import write


def test_a_sheet_has_a_row_per_scan_below_the_references(tmp_path, weights):
    for number in (1, 2):
        write(tmp_path / f"scan{number}.png", halftones.dots(colorful(number, 128, 128)[:1], 5, 45))
    red = np.zeros((3, 64, 64), np.float32)
    red[0] = 1
    write(tmp_path / "red.png", red)
    output = sheets.sheet(
        [tmp_path / "scan1.png", tmp_path / "scan2.png"], [tmp_path / "red.png"], tmp_path / "sheet.png", cell_px=64
    )
    page = read(output).pixels
    height, width = page.shape[1:]
    step_y, step_x = height // 3, width // 4
    first_row = page[:, :step_y]
    assert (first_row[:, :, : 3 * step_x] == 1).all()
    reddest = (first_row[0] > 0.9) & (first_row[1] < 0.1)
    assert reddest.sum() == 64 * 64
    for row in (1, 2):
        cells = [page[:, row * step_y : (row + 1) * step_y, x * step_x : (x + 1) * step_x] for x in range(4)]
        assert all(cell.mean() < 0.9 for cell in cells)
        assert np.ptp(cells[0], axis=0).max() < 0.02  # the scan is gray
