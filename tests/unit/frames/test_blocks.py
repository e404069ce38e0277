"""The memory of a writer: blocks, which buffer is emptied next, and which old blocks are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from llpyspin.frames import records
from llpyspin.frames.block import Block
from llpyspin.frames.emptying import Emptying
from llpyspin.frames.generations import OLD_BLOCKS, Generations
from llpyspin.frames.info import Layout, NoFreeBuffer
from llpyspin.frames.readerrows import Shared
from llpyspin.system.sharedmemory import round_to_pages

if TYPE_CHECKING:
    from collections.abc import Iterator

SMALL = Layout("Mono8", 4, 4, 4, 16)
LARGE = Layout("Mono8", 8, 8, 8, 64)
PAGE = round_to_pages(1)


@pytest.fixture
def shared() -> Iterator[Shared]:
    made = Shared("5001")
    yield made
    made.close()


def block_of(buffers: int, *, lent: bool) -> Block:
    whole = memoryview(bytearray(records.table_bytes(buffers) + buffers * PAGE))
    return Block(whole, 1, SMALL, buffers, 2, lent=lent)


def fill(block: Block, first: int = 0) -> None:
    """Publish a frame in each buffer, as a writer does."""
    for index in range(first, first + block.buffers):
        buffer = block.free.popleft()
        block.table[buffer] = index + 1
        block.order.append(buffer)


def hold(shared: Shared, row: int, index: int) -> None:
    shared.words[records.CELLS_AT + row * records.CELLS] = index + 1


def test_own_buffers_lie_on_pages() -> None:
    block = block_of(4, lent=False)
    assert block.offsets == [0, PAGE, 2 * PAGE, 3 * PAGE]
    assert [(offset, len(memory)) for offset, memory in block.handles] == [(at, 16) for at in block.offsets]


def test_lent_buffers_are_numbered_as_the_sdk_uses_them() -> None:
    block = block_of(2, lent=True)
    assert block.offsets == []
    assert [block.lent_buffer(offset) for offset in (48, 0, 48)] == [0, 1, 0]
    assert block.offsets == [48, 0]
    with pytest.raises(ValueError, match="more than the 2 buffers"):
        block.lent_buffer(16)


def test_lent_buffer_must_lie_in_the_block_and_be_empty() -> None:
    block = block_of(2, lent=True)
    for offset in (-1, 2 * PAGE - 15):
        with pytest.raises(ValueError, match="does not lie in the block"):
            block.lent_buffer(offset)
    block.table[block.lent_buffer(0)] = 1
    with pytest.raises(ValueError, match="published and not retired"):
        block.lent_buffer(0)
    with pytest.raises(ValueError, match="was not claimed"):
        block_of(2, lent=False).lent_buffer(0)


def test_block_fits_frames_of_its_own_layout_only() -> None:
    block = block_of(4, lent=False)
    assert block.fits(SMALL, 4, 2)
    assert not any((block.fits(LARGE, 4, 2), block.fits(SMALL, 5, 2), block.fits(SMALL, 4, 1)))
    assert not block_of(4, lent=True).fits(SMALL, 4, 2)


def test_place_of_a_reader_that_is_on_its_way_wants_no_frame(shared: Shared) -> None:
    row = shared.add()
    assert row is not None
    assert not shared.is_read
    shared.words[row.next] = 0
    assert shared.is_read


def test_oldest_frame_that_nobody_holds_is_emptied(shared: Shared) -> None:
    row = shared.add()
    assert row is not None
    block = block_of(4, lent=False)
    fill(block, first=10)
    hold(shared, row.number, 10)
    emptying = Emptying(shared)
    assert emptying.take(block) == 1
    assert (block.table[0], block.table[1], list(block.order)) == (11, 0, [0, 2, 3])
    assert shared.words[records.W_OLDEST] == 12
    shared.words[row.copying] = 13
    assert emptying.take(block) == 3
    assert shared.words[records.W_OLDEST] == 14
    with pytest.raises(NoFreeBuffer, match="readers hold all 4 frames") as caught:
        emptying.take(block)
    assert caught.value.camera == "5001"
    assert list(block.order) == [0, 2]
    shared.remove(row)
    assert [emptying.take(block), emptying.take(block)] == [0, 2]


def test_new_block_is_what_readers_find(shared: Shared) -> None:
    generations = Generations(shared)
    assert generations.number == 0
    block = generations.renew(SMALL, 4, 2, 7, lent=False)
    assert (block.generation, generations.number, shared.words[records.W_GENERATION]) == (1, 1, 1)
    found = shared.blocks[1]
    assert (found.first_index, found.buffers, found.reserve, found.pixel_bytes) == (7, 4, 2, 4 * PAGE)
    assert len(block.pixels) == found.pixel_bytes


def test_block_with_too_little_memory_is_refused(shared: Shared) -> None:
    generations = Generations(shared)
    with pytest.raises(ValueError, match="1 bytes are not enough for 4 frames of 16 bytes"):
        generations.renew(SMALL, 4, 2, 0, lent=False, block_bytes=1)
    assert (generations.number, shared.blocks) == (0, {})
    assert generations.renew(SMALL, 4, 2, 0, lent=True, block_bytes=1).generation == 1


def test_old_blocks_are_kept_for_readers_within_their_number(shared: Shared) -> None:
    generations = Generations(shared)
    row = shared.add()
    assert row is not None
    shared.words[row.next] = 0
    for head in (0, 10, 20, 30):
        generations.renew(SMALL, 4, 2, head, lent=False)
    assert generations.forget_old(40)
    assert sorted(shared.blocks) == [4 - OLD_BLOCKS, 3, 4]
    shared.words[row.next] = 20
    assert generations.forget_old(40)
    assert sorted(shared.blocks) == [3, 4]
    shared.words[row.next] = 30
    hold(shared, row.number, 25)
    assert generations.forget_old(40)
    shared.remove(row)
    assert not generations.forget_old(40)
    assert sorted(shared.blocks) == [4]
