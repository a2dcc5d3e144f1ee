#pragma once
// Every sentence the program itself says to a person, in one replaceable table (app/src/catalogue.cpp). The page has
// its own (ui/src/core/catalogue.ts), so has each extension.

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <symphony/ipc/error.h>

namespace symphony::app {

enum class Sentence : std::uint8_t {
  // Command line: wrong use.
  option_unknown,
  option_takes_no_value,
  option_needs_value,
  option_needs_nanoseconds,
  search_arguments,
  query_empty,
  query_too_long,
  query_not_text,
  argument_not_text,
  argument_too_many,
  one_folder_only,
  json_needed,
  json_misplaced,
  window_option_misplaced,
  safe_mode_misplaced,
  trace_misplaced,
  trace_needs_file,
  seconds_range,
  seconds_misplaced,
  observing_option,
  log_option_misplaced,
  log_options_together,
  log_level_unknown,
  extension_command,
  learning_command,
  explain_decision,
  explain_change,
  explain_twice,
  extension_name,
  version_name,
  share_range,
  split_by,
  // Folder and files.
  folder_missing,
  folder_not_one,
  folder_cannot_open,
  folder_cannot_read,
  folder_none_open,
  path_outside,
  path_leads_out,
  file_missing,
  file_is_folder,
  file_not_regular,
  file_too_large,
  file_cannot_open,
  file_cannot_read,
  // The machine and the installation.
  display_missing,
  display_silent,
  fonts_missing,
  interface_missing,
  program_lost,
  data_unwritable,
  data_temporary,
  runtime_unusable,
  sockets_impossible,
  // Running.
  instance_absent,
  instance_running,
  instance_unsafe,
  crashed_earlier,
  method_unknown,
  level_unknown,
  conductor_ended,
  explorer_unstable,
  explorer_not_started,
  answer_late,
  search_failed,
  trace_unwritable,
  picture_late,
  picture_nothing,
  picture_unwritable,
  // Titles of what the system draws.
  title_open_folder,
  // For the log: nothing is wrong, or it was dealt with.
  note_instance_silent,
  note_trace_written,
  note_explain_chosen,
  note_explain_learned,
  note_explain_held_out,
  note_explain_learning_off,
  note_explain_policy,
  note_explain_no_policy,
  note_explain_outcome,
  note_explain_no_reason,
  note_explain_what_if_other,
  note_explain_what_if_same,
  note_explain_what_if_nothing,
  note_page_lost,
  note_page_given_up,
  note_page_not_loaded,
  note_page_leaving,
  note_channel_missing,
  note_window_off_the_bus,
  note_application_off_the_bus,
  note_conductor_ended,
  note_page_sandbox_off,
  note_shared_memory_small,
  note_software_rendering,
  // What symphony doctor finds; a note is said of what is well.
  note_display,
  note_fonts,
  note_shared_memory,
  note_runtime_directory,
  note_watches,
  note_page_sandbox,
  note_extension_sandbox,
  note_landlock,
  note_gap,
  note_place,
  note_disk_space,
  note_python,
  fonts_none,
  shared_memory_small,
  shared_memory_missing,
  runtime_directory_open,
  runtime_directory_unset,
  watches_few,
  page_sandbox_off,
  extension_sandbox_missing,
  disk_full,
  part_missing,
  python_broken,
  web_engine_missing,
  count,  // not a sentence
};

struct SentenceText {
  Sentence sentence;
  /// Stable, for scripts and for looking it up: "folder.missing". Of notes: "note.…".
  std::string_view id;
  /// What happened; `{name}` is filled in.
  std::string_view words;
  /// What to do about it; empty for notes only.
  std::string_view action;
};

using Values = std::initializer_list<std::pair<std::string_view, std::string_view>>;

/// In the order of the enumeration.
std::span<const SentenceText> all_sentences() noexcept;

/// What happened, without what to do.
std::string words_of(Sentence sentence, Values values = {});
std::string_view action_of(Sentence sentence) noexcept;
/// What happened and what to do.
std::string text_of(Sentence sentence, Values values = {});
/// An error whose message is that; `data.id` names it.
ipc::Error error_of(ipc::ErrorCode code, Sentence sentence, Values values = {}, nlohmann::json data = nullptr);
/// What the operating system refused: `{path}` and `{reason}` are filled in; code and data as of ipc::io_error.
ipc::Error system_error_of(Sentence sentence, std::string_view path, int error_number);

/// As people read it on standard error: the message, then in brackets the id, or the name of the code of an error that
/// is not of this table.
std::string complaint(Sentence sentence, Values values = {});
std::string complaint(const ipc::Error& error);

}  // namespace symphony::app
