#include <symphony/app/catalogue.h>

#include <array>
#include <nlohmann/json.hpp>
#include <system_error>

#include <symphony/ipc/path_text.h>

namespace symphony::app {
namespace {

constexpr std::string_view see_help = "See symphony --help.";
constexpr std::string_view ask_doctor = "symphony doctor --json says what is missing.";
constexpr std::string_view reinstall = "Install Symphony again; symphony doctor --json says what is missing.";
constexpr std::string_view try_again = "Try again; if it stays so, symphony doctor --json checks this machine.";

constexpr std::array<SentenceText, static_cast<std::size_t>(Sentence::count)> sentences = {{
    {Sentence::option_unknown, "usage.option", "There is no option {option}.", see_help},
    {Sentence::option_takes_no_value, "usage.value", "{option} takes no value.", see_help},
    {Sentence::option_needs_value, "usage.value.missing", "{option} needs a value.", see_help},
    {Sentence::option_needs_nanoseconds, "usage.nanoseconds", "{option} needs nanoseconds.", see_help},
    {Sentence::search_arguments, "usage.search", "search needs a folder and a query.", see_help},
    {Sentence::query_empty, "usage.query.empty", "The query is empty.", see_help},
    {Sentence::query_too_long, "usage.query.long", "The query is longer than {limit} bytes.",
     "Search for a part of it."},
    {Sentence::query_not_text, "usage.query.text", "The query is not valid UTF-8.",
     "Check the locale of the terminal."},
    {Sentence::argument_not_text, "usage.text", "An argument is not valid UTF-8.", "Check the locale of the terminal."},
    {Sentence::argument_too_many, "usage.arguments", "\"{argument}\" is one argument too many.", see_help},
    {Sentence::one_folder_only, "usage.folders", "Only one folder can be opened at once.", see_help},
    {Sentence::json_needed, "usage.json.needed", "Only the form with --json exists.", see_help},
    {Sentence::json_misplaced, "usage.json", "--json belongs to search, status and doctor.", see_help},
    {Sentence::window_option_misplaced, "usage.window", "--offscreen and --screenshot belong to the window.", see_help},
    {Sentence::safe_mode_misplaced, "usage.safemode", "--safe-mode belongs to the window and to search.", see_help},
    {Sentence::trace_misplaced, "usage.trace", "--trace belongs to search.", see_help},
    {Sentence::trace_needs_file, "usage.trace.file", "trace needs a file.", see_help},
    {Sentence::seconds_range, "usage.seconds.range", "--seconds is from 1 to {limit}.", see_help},
    {Sentence::seconds_misplaced, "usage.seconds", "--seconds belongs to trace.", see_help},
    {Sentence::observing_option, "usage.observing", "metrics, trace and log have no such option.", see_help},
    {Sentence::log_option_misplaced, "usage.log", "--component and --level belong to log.", see_help},
    {Sentence::log_options_together, "usage.log.both", "--component and --level belong together.", see_help},
    {Sentence::log_level_unknown, "usage.log.level", "--level is debug, info, warning or error.", see_help},
    {Sentence::extension_command, "usage.extension",
     "extension takes list, start, stop, restart, swap, split or choose.", see_help},
    {Sentence::learning_command, "usage.learning", "learning takes status, on, off, explore on, explore off or forget.",
     see_help},
    {Sentence::explain_decision, "usage.explain", "explain needs a decision: its number, or last.", see_help},
    {Sentence::explain_change, "usage.explain.change", "\"{argument}\" changes nothing: --what-if takes FEATURE=VALUE.",
     "symphony explain last says which features there are."},
    {Sentence::explain_twice, "usage.explain.twice", "The feature {feature} is changed twice.", "Give it one value."},
    {Sentence::extension_name, "usage.extension.name", "The name of an extension is missing.",
     "symphony extension list says which there are."},
    {Sentence::version_name, "usage.extension.version", "The version that shall go on is missing.",
     "symphony extension list says which run."},
    {Sentence::share_range, "usage.extension.share", "split needs --share, from 1 to 99.", see_help},
    {Sentence::split_by, "usage.extension.by", "--by is message or sender.", see_help},

    {Sentence::folder_missing, "folder.missing", "{path} does not exist.", "It may have been moved or unmounted."},
    {Sentence::folder_not_one, "folder.file", "{path} is not a folder.", "Open the folder it is in."},
    {Sentence::folder_cannot_open, "folder.open", "The folder {path} cannot be opened: {reason}.",
     "Check its permissions and those of the folders above it."},
    {Sentence::folder_cannot_read, "folder.read", "The folder {path} cannot be read: {reason}.",
     "Check its permissions."},
    {Sentence::folder_none_open, "folder.none", "No folder is open.", "Open one first."},
    {Sentence::path_outside, "path.outside", "The path is not a path inside the workspace.",
     "Name a file below the open folder."},
    {Sentence::path_leads_out, "path.link", "The path leads out of the workspace.",
     "Open the folder the link leads to."},
    {Sentence::file_missing, "file.missing", "The file is no longer there.", "It was deleted, moved or renamed."},
    {Sentence::file_is_folder, "file.folder", "This is a folder.", "Choose a file inside it."},
    {Sentence::file_not_regular, "file.special", "This is not a regular file.", "Only regular files can be shown."},
    {Sentence::file_too_large, "file.large", "The file is larger than {limit} MiB.", "Search in it instead."},
    {Sentence::file_cannot_open, "file.open", "The file {path} cannot be opened: {reason}.", "Check its permissions."},
    {Sentence::file_cannot_read, "file.read", "The file {path} cannot be read: {reason}.", "Check the disk."},

    {Sentence::display_missing, "display.missing", "There is no display: neither DISPLAY nor WAYLAND_DISPLAY is set.",
     "Without one: symphony --offscreen --screenshot FILE [FOLDER]."},
    {Sentence::display_silent, "display.silent", "No display answers at DISPLAY={display}.",
     "Without one: symphony --offscreen --screenshot FILE [FOLDER]."},
    {Sentence::fonts_missing, "fonts.missing", "No fonts are installed, and the page cannot start without one.",
     "Install one, for example: apt install fonts-dejavu-core."},
    {Sentence::interface_missing, "interface.missing", "The interface is missing: there is no {path}.", reinstall},
    {Sentence::program_lost, "program.lost", "The program cannot find itself at {path}: {reason}.",
     "Mount /proc, and start the installed symphony."},
    {Sentence::data_unwritable, "data.unwritable", "No directory for data can be written at {path}: {reason}.",
     "Make the home directory writable, or set XDG_DATA_HOME."},
    {Sentence::data_temporary, "data.temporary",
     "{path} cannot be written ({reason}): data is kept in {place} and lost when that is cleaned up.",
     "Make the home directory writable, or set XDG_DATA_HOME."},
    {Sentence::runtime_unusable, "runtime.unusable",
     "{path} cannot be used ({reason}): sockets are kept under {place}.",
     "Set XDG_RUNTIME_DIR to a directory of mode 0700 that is yours."},
    {Sentence::sockets_impossible, "runtime.none", "No private directory for sockets can be made at {path}: {reason}.",
     "Set XDG_RUNTIME_DIR to a directory of mode 0700 that is yours."},

    {Sentence::instance_absent, "instance.absent", "Symphony is not running.", "Start it: symphony [FOLDER]."},
    {Sentence::instance_running, "instance.running", "Symphony is already running.",
     "Use its window, or end it first."},
    {Sentence::instance_unsafe, "instance.unsafe", "Symphony is already running, and not in safe mode.",
     "Close it, then start it with --safe-mode."},
    {Sentence::crashed_earlier, "crash.report", "Symphony crashed earlier; a report is in {path}.",
     "Send it with a description of what you did."},
    {Sentence::method_unknown, "method.unknown", "{endpoint} has no method \"{method}\".",
     "docs/interfaces.md lists what it can be asked."},
    {Sentence::level_unknown, "level.unknown", "The level is debug, info, warning or error.", "Choose one of them."},
    {Sentence::conductor_ended, "conductor.ended", "The Conductor ended.", try_again},
    {Sentence::explorer_unstable, "explorer.unstable", "The File Explorer does not stay alive: {reason}",
     "Its log is beside the data of Symphony."},
    {Sentence::explorer_not_started, "explorer.start", "The File Explorer could not be started. {reason}", ask_doctor},
    {Sentence::answer_late, "answer.late", "No answer in time while waiting for {what}.", try_again},
    {Sentence::search_failed, "search.failed", "The search failed: {reason}",
     "Try again, or search for something else."},
    {Sentence::trace_unwritable, "trace.unwritable", "The trace cannot be written to {path}: {reason}.",
     "Name a file in a folder you may write to."},
    {Sentence::picture_late, "picture.late", "The window did not show its content within a minute.", ask_doctor},
    {Sentence::picture_nothing, "picture.nothing", "The Conductor did not start, so there is nothing to show.",
     ask_doctor},
    {Sentence::picture_unwritable, "picture.unwritable", "The picture cannot be written to {path}.",
     "Name a file in a folder you may write to."},

    {Sentence::title_open_folder, "note.title.folder", "Open Folder", ""},
    {Sentence::note_instance_silent, "note.instance", "An instance was found but did not answer: {reason}", ""},
    {Sentence::note_trace_written, "note.trace", "{count} spans of the last {seconds} s are in the trace.", ""},
    {Sentence::note_explain_chosen, "note.explain.chosen", "Decision {id} ({kind}) chose {chosen}: {reason}.", ""},
    {Sentence::note_explain_learned, "note.explain.learned",
     "Made by what was learned from use; the rule alone would have chosen {heuristic}.", ""},
    {Sentence::note_explain_held_out, "note.explain.heldout",
     "Made by the rule: some are always left to it, so that both can be compared.", ""},
    {Sentence::note_explain_learning_off, "note.explain.off", "Made by the rule: learning is off.", ""},
    {Sentence::note_explain_policy, "note.explain.policy", "The trained policy {hash} took part.", ""},
    {Sentence::note_explain_no_policy, "note.explain.nopolicy", "No trained policy took part.", ""},
    {Sentence::note_explain_outcome, "note.explain.outcome", "Executed: {executed}; {outcome}, {microseconds} µs.", ""},
    {Sentence::note_explain_no_reason, "note.explain.noreason", "No feature by itself changed the lead.", ""},
    {Sentence::note_explain_what_if_other, "note.explain.other",
     "With {changes} it would have been {chosen}: {reason}.", ""},
    {Sentence::note_explain_what_if_same, "note.explain.same", "With {changes} it would still be {chosen}: {reason}.",
     ""},
    {Sentence::note_explain_what_if_nothing, "note.explain.nothing",
     "With {changes} nothing could have been chosen: {reason}.", ""},
    {Sentence::note_page_lost, "note.page.lost", "The page's process ended unexpectedly; it is started again.", ""},
    {Sentence::note_page_given_up, "note.page.end",
     "The page's process ended again and again and is not started any more; symphony doctor --json checks this "
     "machine.",
     ""},
    {Sentence::note_page_not_loaded, "note.page.load", "The page did not load.", ""},
    {Sentence::note_page_leaving, "note.page.leave", "The page may not go to {address}.", ""},
    {Sentence::note_channel_missing, "note.page.channel", "Qt WebChannel's script is missing.", ""},
    {Sentence::note_window_off_the_bus, "note.window.bus", "The window cannot join the bus: {reason}", ""},
    {Sentence::note_application_off_the_bus, "note.application.bus", "The application cannot join the bus: {reason}",
     ""},
    {Sentence::note_conductor_ended, "note.conductor", "The Conductor ended with {code}: {reason}", ""},
    {Sentence::note_page_sandbox_off, "note.sandbox", "Running as root: Chromium's sandbox cannot be used and is off.",
     ""},
    {Sentence::note_shared_memory_small, "note.memory",
     "/dev/shm is smaller than {wanted} MiB: the page uses temporary files in its place.", ""},
    {Sentence::note_software_rendering, "note.graphics", "No graphics device: rendering in software.", ""},

    {Sentence::note_display, "note.doctor.display", "A display answers.", ""},
    {Sentence::note_fonts, "note.doctor.fonts", "Fonts are installed.", ""},
    {Sentence::note_shared_memory, "note.doctor.memory", "/dev/shm has {size} MiB.", ""},
    {Sentence::note_runtime_directory, "note.doctor.runtime", "XDG_RUNTIME_DIR is {path}.", ""},
    {Sentence::note_watches, "note.doctor.watches", "inotify allows {count} watches.", ""},
    {Sentence::note_page_sandbox, "note.doctor.sandbox", "Chromium's sandbox is on.", ""},
    {Sentence::note_extension_sandbox, "note.doctor.extensions", "{detail}", ""},
    {Sentence::note_landlock, "note.doctor.landlock", "Landlock {version}, {bubblewrap}", ""},
    {Sentence::note_gap, "note.doctor.gap", "; not protected: {gap}", ""},
    {Sentence::note_place, "note.doctor.place", "{path}", ""},
    {Sentence::note_disk_space, "note.doctor.disk", "{size} MiB are free at {path}.", ""},
    {Sentence::note_python, "note.doctor.python", "The Conductor's packages can be imported by {path}.", ""},
    {Sentence::fonts_none, "doctor.fonts", "No font is found: the window cannot be shown.",
     "Install one, for example: apt install fonts-dejavu-core. FONTCONFIG_FILE, when set, must lead to fonts."},
    {Sentence::shared_memory_small, "doctor.memory.small",
     "/dev/shm has {size} MiB; temporary files are used in its place.", "Mount a larger tmpfs at /dev/shm."},
    {Sentence::shared_memory_missing, "doctor.memory", "There is no /dev/shm.", "Mount a tmpfs at /dev/shm."},
    {Sentence::runtime_directory_open, "doctor.runtime", "XDG_RUNTIME_DIR is {path}, which others may read.",
     "It must name a directory of mode 0700."},
    {Sentence::runtime_directory_unset, "doctor.runtime.unset",
     "XDG_RUNTIME_DIR is not set: a private directory under {path} is used.", "Log in through a session manager."},
    {Sentence::watches_few, "doctor.watches",
     "inotify allows {count} watches only: large folders are looked at anew instead.",
     "sysctl fs.inotify.max_user_watches=524288"},
    {Sentence::page_sandbox_off, "doctor.sandbox", "Running as root: Chromium's sandbox is off.",
     "Start Symphony as a normal user."},
    {Sentence::extension_sandbox_missing, "doctor.extensions", "Extensions cannot be kept apart: {detail}",
     "They need a kernel with Landlock: Linux 5.13, with landlock among the security modules it starts."},
    {Sentence::disk_full, "doctor.disk", "Only {size} MiB are free at {path}.", "Free some disk space."},
    {Sentence::part_missing, "doctor.part", "There is no {path}.", "Install Symphony again, or build it: ./dev build."},
    {Sentence::python_broken, "doctor.python", "{reason}",
     "Install Symphony again, or build it: ./dev build. Python 3.11 and python3-numpy are needed."},
    {Sentence::web_engine_missing, "doctor.engine", "There is no {path}.",
     "apt install libqt6webenginecore6 libqt6webenginecore6-bin libqt6webengine6-data"},
}};

const SentenceText& entry_of(Sentence sentence) noexcept { return sentences[static_cast<std::size_t>(sentence)]; }

void append_filled(std::string& out, std::string_view words, Values values) {
  while (!words.empty()) {
    const std::size_t open = words.find('{');
    out += words.substr(0, open);
    if (open == std::string_view::npos) return;
    const std::size_t close = words.find('}', open);
    const std::string_view name = words.substr(open + 1, close - open - 1);
    for (const auto& [known, value] : values) {
      if (known == name) out += value;
    }
    words.remove_prefix(close + 1);
  }
}

}  // namespace

std::span<const SentenceText> all_sentences() noexcept { return sentences; }

std::string words_of(Sentence sentence, Values values) {
  std::string words;
  append_filled(words, entry_of(sentence).words, values);
  return words;
}

std::string_view action_of(Sentence sentence) noexcept { return entry_of(sentence).action; }

std::string text_of(Sentence sentence, Values values) {
  std::string text = words_of(sentence, values);
  const std::string_view action = action_of(sentence);
  if (!action.empty()) {
    text += ' ';
    text += action;
  }
  return text;
}

ipc::Error error_of(ipc::ErrorCode code, Sentence sentence, Values values, nlohmann::json data) {
  if (!data.is_object()) data = nlohmann::json::object();
  data["id"] = entry_of(sentence).id;
  return {code, text_of(sentence, values), std::move(data)};
}

ipc::Error system_error_of(Sentence sentence, std::string_view path, int error_number) {
  ipc::Error error = ipc::io_error("", path, error_number);
  const std::string reason = std::generic_category().message(error_number);
  error.message = text_of(sentence, {{"path", ipc::display_path(ipc::escape_path(path))}, {"reason", reason}});
  error.data["id"] = entry_of(sentence).id;
  return error;
}

std::string complaint(Sentence sentence, Values values) {
  return text_of(sentence, values) + " (" + std::string(entry_of(sentence).id) + ")";
}

std::string complaint(const ipc::Error& error) {
  std::string name(ipc::name_of(error.code));
  if (error.data.is_object()) name = error.data.value("id", name);
  return error.message + " (" + name + ")";
}

}  // namespace symphony::app
