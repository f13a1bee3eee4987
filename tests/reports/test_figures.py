"""Bars and the tile map."""

from consultations.models import Region
from reports import figures


def test_bars_stand_in_order_of_size_without_empty_ones() -> None:
    bars = figures.bars([("a", "A"), ("b", "B"), ("c", "C")], {"a": 5, "c": 20})

    assert [(bar.label, bar.count, bar.width, bar.share) for bar in bars] == [
        ("C", 20, 100, 80),
        ("A", 5, 25, 20),
    ]


def test_bars_of_nothing_are_none() -> None:
    assert figures.bars([("a", "A")], {}) == []


def test_tiles_cover_every_regency_once(db: None) -> None:
    names = [(region.code, region.name) for region in Region.objects.regencies()]

    tiles = figures.tiles(names, {"62.03": 4})

    assert len({(tile.x, tile.y) for tile in tiles}) == len(names) == 14
    assert {tile.code: tile.level for tile in tiles if tile.count} == {"62.03": 4}


def test_level_rises_with_the_count_and_is_zero_only_for_nothing() -> None:
    assert [figures.level(count, 40) for count in (0, 1, 10, 11, 30, 31, 40)] == [
        0,
        1,
        1,
        2,
        3,
        4,
        4,
    ]
    assert figures.level(0, 0) == 0
