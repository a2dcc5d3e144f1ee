#include "output_recorder.h"

#include <unistd.h>

#include <array>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <future>
#include <map>
#include <set>
#include <string>
#include <system_error>
#include <thread>

#include <symphony/ipc/limits.h>

#include "rotating_file.h"

namespace symphony::ipc {
namespace {

struct Recording {
  Recording(boost::asio::io_context& context, Descriptor from, std::shared_ptr<RotatingFile> to)
      : pipe(context, from.release()), log(std::move(to)) {}

  boost::asio::posix::stream_descriptor pipe;
  const std::shared_ptr<RotatingFile> log;
};

}  // namespace

struct OutputRecorder::State {
  State() : work(boost::asio::make_work_guard(context)) {}

  boost::asio::io_context context{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work;
  // All used on the thread only.
  std::map<std::filesystem::path, std::weak_ptr<RotatingFile>> logs;
  std::set<std::shared_ptr<Recording>> recordings;
  std::array<char, 65536> buffer{};  // all a pipe holds; one for all of them
  std::jthread thread;

  void begin(Descriptor pipe, const std::filesystem::path& log) {
    std::erase_if(logs, [](const auto& entry) { return entry.second.expired(); });
    auto file = logs[log].lock();
    if (!file) {
      file = std::make_shared<RotatingFile>(log, limits::log_bytes);
      logs[log] = file;
    }
    try {
      const auto recording = std::make_shared<Recording>(context, std::move(pipe), std::move(file));
      recordings.insert(recording);
      wait(recording);
    } catch (const boost::system::system_error&) {
      // No room to watch it: its writer gets EPIPE, which is better than waiting for a reader for ever.
    }
  }
  void wait(const std::shared_ptr<Recording>& recording) {
    recording->pipe.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                               [this, recording](const boost::system::error_code& error) {
                                 if (error || !take(*recording)) {
                                   recordings.erase(recording);
                                   return;
                                 }
                                 wait(recording);
                               });
  }
  void take_all() {
    for (const auto& recording : recordings) {
      take(*recording);
    }
  }
  /// What the pipe holds now. False: nobody can write to it any more.
  bool take(Recording& recording) {
    const ssize_t count = ::read(recording.pipe.native_handle(), buffer.data(), buffer.size());
    if (count > 0) {
      recording.log->append({buffer.data(), static_cast<std::size_t>(count)});
    }
    return count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR));
  }
};

OutputRecorder::OutputRecorder(std::unique_ptr<State> state) : state_(std::move(state)) {}

Result<std::unique_ptr<OutputRecorder>> OutputRecorder::create() {
  auto state = std::make_unique<State>();
  try {
    state->thread = std::jthread([context = &state->context] { context->run(); });
  } catch (const std::system_error& error) {
    return Error{ErrorCode::resource_exhausted, std::string("The log thread cannot be started: ") + error.what()};
  }
  return std::unique_ptr<OutputRecorder>(new OutputRecorder(std::move(state)));
}

OutputRecorder::~OutputRecorder() {
  boost::asio::post(state_->context, [state = state_.get()] {
    state->take_all();
    state->context.stop();
  });
  state_->thread.join();
}

void OutputRecorder::flush() {
  std::promise<void> done;
  boost::asio::post(state_->context, [state = state_.get(), &done] {
    state->take_all();
    done.set_value();
  });
  done.get_future().wait();
}

void OutputRecorder::record(Descriptor pipe, std::filesystem::path log) {
  boost::asio::post(state_->context, [state = state_.get(), held = std::make_shared<Descriptor>(std::move(pipe)),
                                      file = std::move(log)] { state->begin(std::move(*held), file); });
}

}  // namespace symphony::ipc
