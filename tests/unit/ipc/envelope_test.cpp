#include <symphony/ipc/envelope.h>

#include <gtest/gtest.h>

#include <cstring>

#include <symphony/ipc/limits.h>

namespace symphony::ipc {
namespace {

Envelope request() {
  Envelope envelope;
  envelope.kind = FrameKind::request;
  envelope.format = BodyFormat::json;
  envelope.id = 0x0102030405060708;
  envelope.deadline_ms = 250;
  envelope.target = "conductor";
  envelope.method = "search.query";
  envelope.body = "{}";
  return envelope;
}

std::string encoded(const Envelope& envelope) {
  std::string bytes;
  encode_frame(envelope, bytes);
  return bytes;
}

void feed(FrameParser& parser, std::string_view bytes) {
  const auto room = parser.prepare(bytes.size());
  std::memcpy(room.data(), bytes.data(), bytes.size());
  parser.commit(bytes.size());
}

TEST(Envelope, HasTheDocumentedBytes) {
  const std::string bytes = encoded(request());
  ASSERT_EQ(bytes.size(), 32U + 9 + 12 + 2);
  EXPECT_EQ(bytes.substr(0, 8), std::string("SYM1\x01\x03\x02\x00", 8));
  EXPECT_EQ(bytes.substr(8, 8), std::string("\x08\x07\x06\x05\x04\x03\x02\x01", 8));
  EXPECT_EQ(bytes.substr(16, 4), std::string("\xFA\0\0\0", 4));
  EXPECT_EQ(bytes.substr(20, 12), std::string("\x09\0\x0C\0\0\0\0\0\x02\0\0\0", 12));
  EXPECT_EQ(bytes.substr(32), "conductorsearch.query{}");
}

TEST(FrameParser, ReadsBackWhatWasWritten) {
  Envelope sent = request();
  sent.trace = TraceContext::start();
  sent.control_priority = true;
  sent.idempotent = true;
  sent.source = "file_explorer";
  FrameParser parser;
  feed(parser, encoded(sent));
  const auto frame = parser.next();
  ASSERT_TRUE(frame && *frame);
  const Envelope& read = **frame;
  EXPECT_EQ(read.kind, sent.kind);
  EXPECT_EQ(read.format, sent.format);
  EXPECT_EQ(read.id, sent.id);
  EXPECT_EQ(read.deadline_ms, sent.deadline_ms);
  EXPECT_EQ(read.trace, sent.trace);
  EXPECT_TRUE(read.control_priority && read.idempotent);
  EXPECT_EQ(read.target, sent.target);
  EXPECT_EQ(read.method, sent.method);
  EXPECT_EQ(read.source, sent.source);
  EXPECT_EQ(read.body, sent.body);
}

TEST(FrameParser, FindsFramesWhereverTheStreamIsCut) {
  const std::string one = encoded(request());
  std::string stream;
  for (int copy = 0; copy < 5; ++copy) {
    stream += one;
  }
  for (std::size_t step = 1; step <= one.size() + 1; ++step) {
    FrameParser parser;
    std::size_t found = 0;
    for (std::size_t at = 0; at < stream.size(); at += step) {
      feed(parser, std::string_view(stream).substr(at, step));
      for (auto frame = parser.next(); frame.value(); frame = parser.next()) {
        EXPECT_EQ((*frame)->method, "search.query");
        ++found;
      }
    }
    EXPECT_EQ(found, 5U) << "step " << step;
    EXPECT_EQ(parser.buffered(), 0U);
  }
}

struct Damage {
  const char* what;
  std::size_t at;
  std::string bytes;
  ErrorCode code = ErrorCode::parse_error;
};

class DamagedFrame : public ::testing::TestWithParam<Damage> {};

TEST_P(DamagedFrame, IsRefusedAndTheParserStaysInError) {
  std::string bytes = encoded(request());
  bytes.replace(GetParam().at, GetParam().bytes.size(), GetParam().bytes);
  FrameParser parser;
  feed(parser, bytes);
  const auto frame = parser.next();
  ASSERT_FALSE(frame) << GetParam().what;
  EXPECT_EQ(frame.error().code, GetParam().code);
  feed(parser, encoded(request()));
  EXPECT_FALSE(parser.next());
}

INSTANTIATE_TEST_SUITE_P(
    All, DamagedFrame,
    ::testing::Values(Damage{"magic", 0, "X"}, Damage{"version", 4, "\x02", ErrorCode::version_mismatch},
                      Damage{"kind 0", 5, std::string(1, '\0')}, Damage{"kind 10", 5, "\x0A"},
                      Damage{"format", 6, "\x03"}, Damage{"flag", 7, "\x08"}, Damage{"reserved", 26, "\x01"},
                      Damage{"id 0", 8, std::string(8, '\0')}, Damage{"target length", 20, "\x81"},
                      Damage{"no target", 20, std::string(1, '\0')}, Damage{"method length", 22, "\xFF\xFF"},
                      Damage{"source length", 24, "\x81"},
                      Damage{"body length", 28, "\xFF\xFF\xFF\xFF", ErrorCode::payload_too_large},
                      Damage{"body without format", 6, std::string(1, '\0')}, Damage{"upper case", 32, "C"},
                      Damage{"cancel with a target", 5, "\x07"}, Damage{"answer with a target", 5, "\x04"}),
    [](const auto& test) {
      std::string name = test.param.what;
      std::replace(name.begin(), name.end(), ' ', '_');
      return name;
    });

TEST(FrameParser, AnAnnouncedLengthAllocatesNothing) {
  Envelope large = request();
  const std::string body(limits::body_bytes, 'x');
  large.body = body;
  const std::string bytes = encoded(large);
  FrameParser parser;
  feed(parser, std::string_view(bytes).substr(0, 100));
  EXPECT_FALSE(parser.next().value());
  EXPECT_LT(parser.prepare(1).size(), 100'000U);
}

TEST(FrameParser, TakesTheLargestBody) {
  Envelope large = request();
  const std::string body(limits::body_bytes, 'x');
  large.body = body;
  FrameParser parser;
  feed(parser, encoded(large));
  const auto frame = parser.next();
  ASSERT_TRUE(frame && *frame);
  EXPECT_EQ((*frame)->body.size(), limits::body_bytes);
}

}  // namespace
}  // namespace symphony::ipc
