from __future__ import annotations

import pytest

from llpyspin.web.rationing import Bucket, NoPlace, Places


def test_bucket_allows_a_burst_and_then_its_rate() -> None:
    now = [0.0]
    bucket = Bucket(10.0, 3, lambda: now[0])
    assert [bucket.take() for _ in range(5)] == [True, True, True, False, False]
    now[0] = 0.1
    assert [bucket.take() for _ in range(2)] == [True, False]


def test_bucket_saves_up_no_more_than_its_burst() -> None:
    now = [0.0]
    bucket = Bucket(10.0, 3, lambda: now[0])
    now[0] = 3600.0
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]


def test_place_is_free_again_after_an_error() -> None:
    places = Places(1)
    with pytest.raises(RuntimeError), places.one():
        with pytest.raises(NoPlace, match="1 pages"), places.one():
            pass
        raise RuntimeError
    with places.one():
        assert places.taken == 1
    assert places.taken == 0
