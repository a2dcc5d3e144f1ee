#include <symphony/app/command_line.h>

#include <charconv>
#include <map>

#include <symphony/app/catalogue.h>
#include <symphony/ipc/limits.h>
#include <symphony/ipc/log.h>

namespace symphony::app {
namespace {

using ipc::Result;

ipc::Error usage(Sentence sentence, Values values = {}) {
  return error_of(ipc::ErrorCode::invalid_params, sentence, values, {{"path", ""}});
}

/// Hands out arguments one by one, splitting `--name=value`.
class Arguments {
 public:
  explicit Arguments(const std::vector<std::string>& all) : all_(all) {}

  std::optional<std::string> next() {
    value_.reset();
    if (position_ >= all_.size()) return std::nullopt;
    std::string argument = all_[position_++];
    if (plain_ || argument.size() < 2 || argument[0] != '-') return argument;
    if (argument == "--") {
      plain_ = true;
      return next();
    }
    is_option_ = true;
    if (const std::size_t equals = argument.find('='); argument.starts_with("--") && equals != std::string::npos) {
      value_ = argument.substr(equals + 1);
      argument.resize(equals);
    }
    return argument;
  }
  /// Whether the last one was an option.
  bool take_option() { return std::exchange(is_option_, false); }
  /// Whether "--" was met.
  bool names_only() const { return plain_; }
  /// The last option's value.
  std::optional<std::string> value() {
    if (value_) return std::exchange(value_, std::nullopt);
    if (position_ >= all_.size()) return std::nullopt;
    return all_[position_++];
  }
  bool unused_value() const { return value_.has_value(); }

 private:
  const std::vector<std::string>& all_;
  std::size_t position_ = 0;
  bool plain_ = false;
  bool is_option_ = false;
  std::optional<std::string> value_;
};

Result<void> read_option(const std::string& option, Arguments& arguments, CommandLine& line) {
  static const std::map<std::string, std::string CommandLine::*, std::less<>> texts = {
      {"--screenshot", &CommandLine::screenshot},
      {"--trace", &CommandLine::trace},
      {"--marks", &CommandLine::marks},
      {"--component", &CommandLine::component},
      {"--level", &CommandLine::level}};
  static const std::map<std::string, bool CommandLine::*, std::less<>> switches = {
      {"--json", &CommandLine::json},
      {"--offscreen", &CommandLine::offscreen},
      {"--safe-mode", &CommandLine::safe_mode}};
  if (const auto text = texts.find(option); text != texts.end()) {
    auto value = arguments.value();
    if (!value || value->empty()) return usage(Sentence::option_needs_value, {{"option", option}});
    line.*(text->second) = std::move(*value);
    return {};
  }
  if (option == "--seconds") {
    const std::string value = arguments.value().value_or("");
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), line.seconds);
    if (error != std::errc() || end != value.data() + value.size() || line.seconds == 0 ||
        line.seconds > ipc::limits::trace_seconds) {
      return usage(Sentence::seconds_range, {{"limit", std::to_string(ipc::limits::trace_seconds)}});
    }
    line.has_seconds = true;
    return {};
  }
  if (option == "--exec-time") {
    const std::string value = arguments.value().value_or("");
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc() || end != value.data() + value.size())
      return usage(Sentence::option_needs_nanoseconds, {{"option", option}});
    line.exec_ns = number;
    return {};
  }
  if (option == "--help" || option == "-h") {
    line.command = Command::help;
  } else if (option == "--version") {
    line.command = Command::version;
  } else if (const auto found = switches.find(option); found != switches.end()) {
    line.*(found->second) = true;
  } else {
    return usage(Sentence::option_unknown, {{"option", option}});
  }
  if (arguments.unused_value()) return usage(Sentence::option_takes_no_value, {{"option", option}});
  return {};
}

/// The options of metrics, trace and log.
Result<void> check_observing(const CommandLine& line) {
  if (line.json || line.offscreen || line.safe_mode || !line.screenshot.empty())
    return usage(Sentence::observing_option);
  if (line.command != Command::trace && !line.trace.empty()) return usage(Sentence::trace_misplaced);
  if (line.command != Command::trace && line.has_seconds) return usage(Sentence::seconds_misplaced);
  if (line.command != Command::log && !(line.component.empty() && line.level.empty()))
    return usage(Sentence::log_option_misplaced);
  if (line.component.empty() != line.level.empty()) return usage(Sentence::log_options_together);
  if (!line.level.empty() && !ipc::log_level_from(line.level)) return usage(Sentence::log_level_unknown);
  return {};
}

Result<void> place(std::vector<std::string> plain, bool named, CommandLine& line) {
  switch (line.command) {
    case Command::search:
      if (plain.size() != 2) return usage(Sentence::search_arguments);
      if (plain[1].empty()) return usage(Sentence::query_empty);
      line.folder = std::move(plain[0]);
      line.query = std::move(plain[1]);
      break;
    case Command::trace:
      if (plain.size() != 1 || plain[0].empty()) return usage(Sentence::trace_needs_file);
      line.trace = std::move(plain[0]);
      return check_observing(line);
    case Command::metrics:
    case Command::log:
      if (!plain.empty()) return usage(Sentence::argument_too_many, {{"argument", plain[0]}});
      return check_observing(line);
    case Command::status:
    case Command::doctor:
      if (!plain.empty()) return usage(Sentence::argument_too_many, {{"argument", plain[0]}});
      break;
    case Command::desktop:
      if (plain.size() > 1) return usage(Sentence::one_folder_only);
      if (!plain.empty()) line.folder = std::move(plain[0]);
      break;
    default:
      return {};
  }
  if (named && !line.json) return usage(Sentence::json_needed);
  if (named && (line.offscreen || !line.screenshot.empty())) return usage(Sentence::window_option_misplaced);
  if (named && line.command != Command::search && line.safe_mode) return usage(Sentence::safe_mode_misplaced);
  if (!named && line.json) return usage(Sentence::json_misplaced);
  if (!line.trace.empty() && line.command != Command::search) return usage(Sentence::trace_misplaced);
  if (line.has_seconds) return usage(Sentence::seconds_misplaced);
  if (!line.component.empty() || !line.level.empty()) return usage(Sentence::log_option_misplaced);
  return {};
}

}  // namespace

Result<CommandLine> parse_command_line(const std::vector<std::string>& all) {
  static const std::map<std::string, Command, std::less<>> commands = {
      {"search", Command::search}, {"status", Command::status}, {"metrics", Command::metrics},
      {"trace", Command::trace},   {"log", Command::log},       {"doctor", Command::doctor}};
  CommandLine line;
  if (!all.empty() && all.front() == "quest") {
    line.command = Command::quest;
    line.quest.assign(all.begin() + 1, all.end());
    return line;
  }
  const bool help = all.size() > 1 && (all[1] == "--help" || all[1] == "-h");
  if (!all.empty() && all.front() == "extension" && !help) {
    line.command = Command::extension;
    line.extension.assign(all.begin() + 1, all.end());
    return line;
  }
  if (!all.empty() && all.front() == "learning" && !help) {
    line.command = Command::learning;
    line.learning.assign(all.begin() + 1, all.end());
    return line;
  }
  if (!all.empty() && all.front() == "explain" && !help) {
    line.command = Command::explain;
    line.explain.assign(all.begin() + 1, all.end());
    return line;
  }
  std::vector<std::string> plain;
  bool named = false;
  Arguments arguments(all);
  while (auto argument = arguments.next()) {
    if (arguments.take_option()) {
      if (auto read = read_option(*argument, arguments, line); !read) return read.error();
      // Whatever else stands there: who asks for help gets it.
      if (line.command == Command::help || line.command == Command::version) return line;
    } else if (const auto command = commands.find(*argument);
               plain.empty() && !named && !arguments.names_only() && command != commands.end()) {
      line.command = command->second;
      named = true;
    } else {
      plain.push_back(std::move(*argument));
    }
  }
  if (auto placed = place(std::move(plain), named, line); !placed) return placed.error();
  return line;
}

std::string_view version_text() noexcept { return "symphony " SYMPHONY_VERSION "\n"; }

std::string_view help_text() noexcept {
  return R"(Symphony, an IDE in which every feature is a process of its own.

  symphony [FOLDER]                 open the window, with FOLDER as its workspace;
                                    when Symphony already runs, FOLDER opens there
    --offscreen                     without a display
    --safe-mode                     start no extension that does not come with Symphony; of search, too
    --screenshot FILE               save the window as PNG once it shows its content, then end
  symphony search FOLDER QUERY --json [--trace FILE] [--safe-mode]
                                    search without a window, one JSON object on standard output;
                                    --trace: every hop with microseconds, Chrome trace format
  symphony status --json            the running instance: phases, endpoints, processes, health
  symphony metrics                  the running instance in Prometheus' text format
  symphony trace FILE [--seconds N] its last N seconds (60), Chrome trace format
  symphony log [--component X --level debug|info|warning|error]
                                    where its logs are, and at which level; or another level for X
  symphony doctor --json            check this machine:
                                    [{"name","ok","status":"ok"|"warning"|"failed","detail","fix"}]
  symphony extension COMMAND … [--json]
                                    the running instance's extensions:
    list                            which there are, and how they are doing
    start ID, stop ID, restart ID   restart also ends a quarantine
    swap ID [--from FOLDER]         another version in its place while it serves;
                                    without a folder its own is read anew
    split ID --share N [--by message|sender] [--from FOLDER]
                                    another version beside it, for N of 100 messages or senders
    choose ID VERSION               ends the split: this version goes on alone
    --accept-permissions            of swap and split: the version may do what it newly asks for
  symphony learning COMMAND [--json]
                                    what the running instance learned from use; it stays on this machine:
    status                          what is known of each method, and whether that helps
    on, off                         off, nothing is observed and decisions are the rule's
    explore on, explore off         now and then try what may be quicker (off)
    forget                          all of it
  symphony explain DECISION [--what-if FEATURE=VALUE …] [--json]
                                    why the running instance decided so: DECISION is its number, or
                                    last; --what-if: what it would choose with these values
  symphony quest COMMAND …
                                    Function Quest, the Conductor's training ground:
                                    symphony quest --help
  symphony --version | --help

A folder whose name is a command: symphony ./search. After "--" everything is a name.

Results go to standard output, messages to standard error. Exit codes:
   0  done
   1  failed; the message says why
   2  wrong use of the command line
   3  status, metrics, trace, log, extension, learning, explain: Symphony is not running
   4  the folder is missing, not a folder, or may not be read
  69  a part of the installation is missing or broken (symphony doctor --json)
  70  a fault of Symphony itself
)";
}

}  // namespace symphony::app
