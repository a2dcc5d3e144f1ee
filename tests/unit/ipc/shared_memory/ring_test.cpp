#include "shared_memory/ring.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <limits>
#include <thread>

#include <symphony/ipc/stream_limits.h>

namespace symphony::ipc {
namespace {

using namespace std::chrono_literals;
constexpr std::size_t capacity = 4096;

/// Both ends, each with a mapping of its own as in two processes, and a third to lie through.
struct Stream {
  explicit Stream(std::size_t bytes = capacity) {
    auto region = std::move(Ring::make_region(bytes).value());
    const auto another = [&] {
      return std::move(SharedRegion::open(Descriptor(::dup(region.descriptor().get())), region.bytes().size(),
                                          SharedRegion::Access::read_write)
                           .value());
    };
    reader.emplace(std::move(Ring::over(another()).value()));
    liar.emplace(std::move(Ring::over(another()).value()));
    writer.emplace(std::move(Ring::over(std::move(region)).value()));
  }
  std::optional<RingWriter> writer;
  std::optional<RingReader> reader;
  std::optional<Ring> liar;
};

std::chrono::steady_clock::time_point at_once() { return std::chrono::steady_clock::now(); }

ErrorCode read_error(Stream& stream) {
  std::string message;
  const auto outcome = stream.reader->receive(message, at_once());
  EXPECT_FALSE(outcome);
  return outcome ? ErrorCode::internal_error : outcome.error().code;
}

TEST(Ring, IsOnlyMadeOfMemoryOfTheRightSize) {
  EXPECT_FALSE(Ring::make_region(5000));
  EXPECT_FALSE(Ring::make_region(2048));
  EXPECT_FALSE(Ring::make_region(2 * limits::stream_ring_bytes));
  EXPECT_FALSE(Ring::over(std::move(SharedRegion::create(Ring::header_bytes).value())));
  EXPECT_FALSE(Ring::over(std::move(SharedRegion::create(Ring::header_bytes + 5000).value())));
  EXPECT_FALSE(Ring::over(SharedRegion()));
}

TEST(Ring, KeepsMessagesWholeAndInOrderOverManyTurns) {
  Stream stream;
  std::string message;
  for (std::size_t number = 0; number < 2000; ++number) {
    // Lengths that have nothing to do with the capacity, so that every part of a message wraps some time.
    const std::string sent(number * 37 % 1021, static_cast<char>('a' + number % 26));
    ASSERT_EQ(stream.writer->send(sent, at_once()).value(), StreamEvent::done);
    ASSERT_EQ(stream.reader->receive(message, at_once()).value(), StreamEvent::done);
    ASSERT_EQ(message, sent) << number;
  }
  EXPECT_EQ(stream.reader->receive(message, at_once()).value(), StreamEvent::timed_out);
}

TEST(Ring, AFullRingHoldsItsWriterUntilThereIsRoom) {
  Stream stream;
  const std::string part(capacity / 4 - 4, 'x');
  for (int number = 0; number < 4; ++number) {
    ASSERT_EQ(stream.writer->send(part, at_once()).value(), StreamEvent::done);
  }
  EXPECT_EQ(stream.writer->send("", at_once()).value(), StreamEvent::timed_out);
  std::jthread writer([&] {
    for (int number = 0; number < 200; ++number) {
      EXPECT_EQ(stream.writer->send(part).value(), StreamEvent::done);
    }
  });
  std::string message;
  for (int number = 0; number < 204; ++number) {
    ASSERT_EQ(stream.reader->receive(message).value(), StreamEvent::done);
    ASSERT_EQ(message, part);
  }
}

TEST(Ring, RefusesAMessageThatCannotFit) {
  Stream stream;
  EXPECT_EQ(stream.writer->send(std::string(capacity - 3, 'x')).error().code, ErrorCode::payload_too_large);
  EXPECT_EQ(stream.writer->send(std::string(capacity - 4, 'x')).value(), StreamEvent::done);
  Stream large(4 * limits::stream_message_bytes);
  EXPECT_EQ(large.writer->send(std::string(limits::stream_message_bytes + 1, 'x')).error().code,
            ErrorCode::payload_too_large);
}

TEST(Ring, TheEndIsToldAfterWhatWasSent) {
  Stream stream;
  ASSERT_TRUE(stream.writer->send("last"));
  stream.writer.reset();
  std::string message;
  EXPECT_EQ(stream.reader->receive(message).value(), StreamEvent::done);
  EXPECT_EQ(message, "last");
  EXPECT_EQ(stream.reader->receive(message).value(), StreamEvent::ended);
}

TEST(Ring, WhoSleepsIsToldThatTheOtherSideIsGone) {
  Stream stream;
  std::jthread reader([&] {
    std::string message;
    EXPECT_EQ(stream.reader->receive(message).value(), StreamEvent::ended);
  });
  stream.reader->give_up();
  reader.join();
  ASSERT_TRUE(stream.writer->send(std::string(capacity - 4, 'x')));
  std::jthread writer([&] { EXPECT_EQ(stream.writer->send("more").value(), StreamEvent::ended); });
  stream.writer->give_up();
}

TEST(Ring, AWriterKilledInTheMiddleOfAMessageLeavesOnlyWholeOnes) {
  Stream stream(std::size_t{1} << 20U);
  const pid_t child = ::fork();
  if (child == 0) {
    const std::string message(10'000, 'k');
    for (;;) {
      if (!stream.writer->send(message)) {
        ::_exit(1);
      }
    }
  }
  std::string message;
  for (int number = 0; number < 500; ++number) {
    ASSERT_EQ(stream.reader->receive(message).value(), StreamEvent::done);
  }
  ASSERT_EQ(::kill(child, SIGKILL), 0);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status));
  stream.reader->give_up();  // as the connection does when it finds the end of the socket
  for (;;) {
    const auto outcome = stream.reader->receive(message);
    ASSERT_TRUE(outcome) << outcome.error().message;
    if (*outcome == StreamEvent::ended) {
      break;
    }
    ASSERT_EQ(message, std::string(10'000, 'k'));
  }
}

TEST(Ring, AWriterThatLiesIsFoundOut) {
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  for (const std::uint64_t position : {std::uint64_t{1}, std::uint64_t{3}, std::uint64_t{capacity + 1}, most}) {
    Stream stream;
    stream.liar->header().written.store(position);
    EXPECT_EQ(read_error(stream), ErrorCode::data_corrupted) << position;
  }
  for (const std::uint32_t length : {5U, 100U, 4093U, 0x7FFFFFFFU, 0xFFFFFFFFU}) {
    Stream stream;
    ASSERT_TRUE(stream.writer->send("four"));
    stream.liar->copy_in(0, {reinterpret_cast<const char*>(&length), sizeof length});
    EXPECT_EQ(read_error(stream), ErrorCode::data_corrupted) << length;
  }
  // Backwards, after something was read.
  Stream stream;
  std::string message;
  ASSERT_TRUE(stream.writer->send("first"));
  ASSERT_TRUE(stream.reader->receive(message));
  const auto honest = stream.liar->header().written.load();
  stream.liar->header().written.store(2);
  EXPECT_EQ(read_error(stream), ErrorCode::data_corrupted);
  // And that is not forgotten, whatever is written there from then on.
  stream.liar->header().written.store(honest);
  EXPECT_EQ(read_error(stream), ErrorCode::data_corrupted);
}

TEST(Ring, AReaderThatLiesIsFoundOutAndDecidesNoAddress) {
  Stream stream;
  ASSERT_TRUE(stream.writer->send("one"));
  stream.liar->header().read.store(1'000'000);
  EXPECT_EQ(stream.writer->send("two", at_once()).error().code, ErrorCode::data_corrupted);
  // Its sleeping flag is only a hint: set for ever or never, nothing waits for it.
  Stream other;
  other.liar->header().reader_sleeps.store(7);
  EXPECT_EQ(other.writer->send("one", at_once()).value(), StreamEvent::done);
}

/// Both ends of a stream that drops the oldest, and what rings for them.
struct Lossy {
  explicit Lossy(std::size_t bytes = capacity) {
    auto region = std::move(Ring::make_region(bytes).value());
    Ring ring = std::move(Ring::over(std::move(region)).value());
    liar.emplace(ring);
    reader.emplace(ring, StreamOptions::WhenFull::drop_oldest);
    writer.emplace(std::move(ring), StreamOptions::WhenFull::drop_oldest);
  }
  std::optional<RingWriter> writer;
  std::optional<RingReader> reader;
  std::optional<Ring> liar;
};

TEST(Ring, TheOldestMakesRoomWhereThatWasDeclared) {
  Lossy stream;
  std::string message;
  for (int number = 0; number < 100; ++number) {
    ASSERT_EQ(stream.writer->send(std::string(96, 'o') + std::to_string(1000 + number)).value(), StreamEvent::done);
  }
  // 104 bytes each, so 39 fit.
  EXPECT_EQ(stream.writer->dropped(), 61U);
  for (int number = 61; number < 100; ++number) {
    ASSERT_EQ(stream.reader->receive(message, at_once()).value(), StreamEvent::done);
    ASSERT_EQ(message, std::string(96, 'o') + std::to_string(1000 + number));
  }
  EXPECT_EQ(stream.reader->receive(message, at_once()).value(), StreamEvent::timed_out);
  EXPECT_EQ(stream.reader->dropped(), 1U) << "one gap";
  // What was read makes room without being counted.
  ASSERT_TRUE(stream.writer->send(std::string(4000, 'p')));
  EXPECT_EQ(stream.writer->dropped(), 61U);
}

TEST(Ring, AReaderThatIsOvertakenWhileItCopiesGetsWholeMessagesOnly) {
  Lossy stream(8192);
  std::jthread writer([&] {
    std::string message;
    for (std::uint32_t number = 0; number < 200'000; ++number) {
      message.assign(8 + number % 700, static_cast<char>('a' + number % 26));
      std::memcpy(message.data(), &number, sizeof number);
      ASSERT_TRUE(stream.writer->send(message));
    }
    stream.writer.reset();
  });
  std::string message;
  std::int64_t last = -1;
  for (;;) {
    const auto event = stream.reader->receive(message);
    ASSERT_TRUE(event) << event.error().message;
    if (*event == StreamEvent::ended) {
      break;
    }
    if (*event == StreamEvent::timed_out) {
      continue;  // the writer was too fast for once
    }
    std::uint32_t number = 0;
    ASSERT_GE(message.size(), sizeof number);
    std::memcpy(&number, message.data(), sizeof number);
    ASSERT_GT(number, last);
    last = number;
    ASSERT_EQ(message.size(), 8 + number % 700);
    ASSERT_EQ(message.substr(4), std::string(message.size() - 4, static_cast<char>('a' + number % 26)));
  }
  EXPECT_EQ(last, 199'999);
}

TEST(Ring, WhoLiesAboutTheOldestIsFoundOut) {
  Lossy stream;
  std::string message;
  ASSERT_TRUE(stream.writer->send("one"));
  stream.liar->header().oldest.store(1'000'000);
  EXPECT_EQ(stream.reader->receive(message, at_once()).error().code, ErrorCode::data_corrupted);
  // A writer reads nothing back: a reader's lies make it drop, at most.
  Lossy other;
  other.liar->header().read.store(std::numeric_limits<std::uint64_t>::max());
  for (int number = 0; number < 1000; ++number) {
    ASSERT_TRUE(other.writer->send(std::string(static_cast<std::size_t>(number), 'l')));
  }
}

TEST(Ring, WhoWaitsInALoopIsRungFor) {
  auto region = std::move(Ring::make_region(capacity).value());
  const Ring ring = std::move(Ring::over(std::move(region)).value());
  int for_reader = 0;
  int for_writer = 0;
  RingWriter writer(ring, StreamOptions::WhenFull::wait, [&] { ++for_reader; });
  RingReader reader(ring, StreamOptions::WhenFull::wait, [&] { ++for_writer; });
  std::string message;
  ASSERT_TRUE(writer.send("not asked for"));
  EXPECT_EQ(for_reader, 0);
  EXPECT_TRUE(reader.ready_or_bell());
  ASSERT_TRUE(reader.receive(message, at_once()));
  EXPECT_FALSE(reader.ready_or_bell());
  ASSERT_TRUE(writer.send("one"));
  ASSERT_TRUE(writer.send("two"));
  EXPECT_EQ(for_reader, 1) << "once, until it waits again";
  ASSERT_TRUE(reader.receive(message, at_once()));
  ASSERT_TRUE(reader.receive(message, at_once()));
  const std::string part(capacity / 8 - 4, 'w');
  while (writer.send(part, std::chrono::steady_clock::time_point::min()).value() == StreamEvent::done) {
  }
  EXPECT_FALSE(writer.room_or_bell(part.size()));
  ASSERT_TRUE(reader.receive(message, at_once()));
  EXPECT_EQ(for_writer, 0) << "not before a quarter is free";
  ASSERT_TRUE(reader.receive(message, at_once()));
  EXPECT_EQ(for_writer, 1);
  EXPECT_TRUE(writer.room_or_bell(part.size()));
}

TEST(Ring, WhoArrangedItTellsOfADeath) {
  auto region = std::move(Ring::make_region(capacity).value());
  const Ring ring = std::move(Ring::over(std::move(region)).value());
  {
    RingReader reader(ring);
    std::jthread sleeper([&] {
      std::string message;
      EXPECT_EQ(reader.receive(message).error().code, ErrorCode::peer_disconnected);
    });
    writer_is_gone(ring);
  }
  RingWriter writer(ring);
  EXPECT_EQ(writer.send("to a reader that ended as it meant to").value(), StreamEvent::ended);
  auto second = std::move(Ring::make_region(capacity).value());
  const Ring other = std::move(Ring::over(std::move(second)).value());
  RingWriter blocked(other);
  ASSERT_TRUE(blocked.send(std::string(capacity - 4, 'b')));
  std::jthread sleeper([&] { EXPECT_EQ(blocked.send("more").error().code, ErrorCode::peer_disconnected); });
  reader_is_gone(other);
}

}  // namespace
}  // namespace symphony::ipc
