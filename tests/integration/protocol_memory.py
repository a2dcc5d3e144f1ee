"""The parts of the Symphony protocol that lie in shared memory and the streams, from docs/protocol.md alone."""

from __future__ import annotations

import fcntl
import mmap
import os
import socket
import struct
import threading

PAGE = 4096
MEMORY_SEALS = 0x0002  # F_SEAL_SHRINK
F_GET_SEALS = 1034
REFERENCE = struct.Struct("<IIQQ")
POSITION = struct.Struct("<Q")
WORD = struct.Struct("<I")
WRITTEN, READ, READER_SLEEPS, WRITER_SLEEPS, ENDED, ABANDONED = (
    0,
    64,
    128,
    192,
    256,
    320,
)
AWAKE, UNTIL_BELL = 0, 2
MESSAGE_OVERHEAD = 32
LONGEST_MESSAGE = 1024 * 1024


class BrokenStream(Exception):
    """What stands in the memory is impossible: the other side lies."""


def map_memory(descriptor: int, length: int, writable: bool) -> mmap.mmap:
    """Maps what the host sent, and closes its descriptor."""
    try:
        if os.fstat(descriptor).st_size != length or not fcntl.fcntl(descriptor, F_GET_SEALS) & MEMORY_SEALS:
            raise ConnectionError("the host's memory is not of the size it says, or not sealed")
        return mmap.mmap(
            descriptor,
            length,
            prot=mmap.PROT_READ | (mmap.PROT_WRITE if writable else 0),
        )
    finally:
        os.close(descriptor)


class Arena:
    """Both arenas of a connection. The own one is given out in blocks of equal size: simple, and enough here."""

    BLOCKS = 4

    def __init__(self, hosts: mmap.mmap, own: mmap.mmap) -> None:
        self.hosts = hosts
        self.own = own
        self.block_bytes = len(own) // self.BLOCKS
        self.generations = [0] * self.BLOCKS
        self.free = set(range(self.BLOCKS))

    def put(self, body: bytes) -> bytes | None:
        """A reference to a copy of `body`; nothing when there is no room."""
        if not self.free or len(body) > self.block_bytes:
            return None
        block = self.free.pop()
        self.generations[block] += 1
        offset = block * self.block_bytes
        self.own[offset : offset + len(body)] = body
        return REFERENCE.pack(block, self.generations[block], offset, len(body))

    def released(self, identifier: int) -> None:
        block, generation = identifier & 0xFFFFFFFF, identifier >> 32
        assert block not in self.free and self.generations[block] == generation
        self.free.add(block)

    def look_up(self, reference: bytes) -> tuple[memoryview, int]:
        """The bytes where they lie, and the id of the release that is owed for them."""
        block, generation, offset, length = REFERENCE.unpack(reference)
        if offset + length > len(self.hosts):
            raise ConnectionError("the host's reference is outside its arena")
        return memoryview(self.hosts)[offset : offset + length], block + (generation << 32)


def receive_memory(channel: socket.socket, stream: int) -> int:
    """The descriptor that was sent for `stream`; those of streams that came to nothing are closed."""
    while True:
        number, descriptors, _, _ = socket.recv_fds(channel, 8, 1)
        if len(number) != 8 or len(descriptors) != 1:
            raise ConnectionError("the host did not send the memory it announced")
        if POSITION.unpack(number)[0] == stream:
            return descriptors[0]
        os.close(descriptors[0])


class Ring:
    """One end of a stream in shared memory: without a futex, for somebody who waits for the connection anyway."""

    def __init__(self, memory: mmap.mmap) -> None:
        self.memory = memory
        self.capacity = len(memory) - PAGE
        self.position = 0  # of this side; never read back from the memory
        self.fence = threading.Lock()
        # Read and written whole: struct.pack_into() zeroes the place first, and the other side would see that.
        self.numbers = {word: memoryview(memory).cast(code) for word, code in ((POSITION, "Q"), (WORD, "I"))}

    def load(self, format_: struct.Struct, offset: int) -> int:
        return self.numbers[format_][offset // format_.size]

    def store(self, format_: struct.Struct, offset: int, value: int) -> None:
        self.numbers[format_][offset // format_.size] = value
        with self.fence:  # taking a lock is a full fence
            pass

    def copy_in(self, position: int, data: bytes) -> None:
        at = position % self.capacity
        first = min(len(data), self.capacity - at)
        self.memory[PAGE + at : PAGE + at + first] = data[:first]
        self.memory[PAGE : PAGE + len(data) - first] = data[first:]

    def copy_out(self, position: int, length: int) -> bytes:
        at = position % self.capacity
        first = min(length, self.capacity - at)
        return self.memory[PAGE + at : PAGE + at + first] + self.memory[PAGE : PAGE + length - first]

    def write(self, message: bytes) -> bool:
        """False: it is full."""
        size = WORD.size + len(message)
        unread = self.position - self.load(POSITION, READ)
        if not 0 <= unread <= self.capacity:
            raise BrokenStream
        if unread + size > self.capacity:
            return False
        self.copy_in(self.position, WORD.pack(len(message)) + message)
        self.position += size
        self.store(POSITION, WRITTEN, self.position)
        return True

    def read(self) -> bytes | None:
        """Nothing: it is empty."""
        available = self.load(POSITION, WRITTEN) - self.position
        if available == 0:
            return None
        if not WORD.size <= available <= self.capacity:
            raise BrokenStream
        length = WORD.unpack(self.copy_out(self.position, WORD.size))[0]
        if length > min(available - WORD.size, LONGEST_MESSAGE):
            raise BrokenStream
        message = self.copy_out(self.position + WORD.size, length)
        self.position += WORD.size + length
        self.store(POSITION, READ, self.position)
        return message

    def read_all(self) -> bool:
        return self.load(POSITION, WRITTEN) == self.position

    def other_sleeps(self, word: int) -> bool:
        """Whether the other side must be woken, which is from now on this side's duty."""
        if self.load(WORD, word) == AWAKE:
            return False
        self.store(WORD, word, AWAKE)
        return True
