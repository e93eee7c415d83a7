"""Bounds, percentiles and the place in docs/measured.md."""

from pathlib import Path

from tests.measure.report import Row, document, percentile


def test_a_row_keeps_its_bounds() -> None:
    assert Row("gap_ms", 199, at_most=200).ok
    assert not Row("gap_ms", 201, at_most=200).ok
    assert not Row("joins", 19, at_least=20).ok
    assert Row("told", 7).ok


def test_percentile_is_a_value_that_was_measured() -> None:
    values = [float(n) for n in range(1, 21)]
    assert percentile(values, 0.5) == 10
    assert percentile(values, 0.95) == 19
    assert percentile([5.0], 0.95) == 5


def test_a_section_is_replaced_in_place(tmp_path: Path) -> None:
    page = tmp_path / "measured.md"
    page.write_text("# Measured\n\nText.\n")
    document(page, "a", "first a")
    document(page, "b", "first b")
    document(page, "a", "second a")
    text = page.read_text()
    assert "first a" not in text
    assert text.index("second a") < text.index("first b")
    assert text.startswith("# Measured\n\nText.\n")
