#include <symphony/sandbox/profile_reader.h>

#include <string.h>

namespace symphony::sandbox {
namespace {

class Fields {
 public:
  Fields(const char* text, std::size_t size) : at_(text), left_(size) {}
  /// The next field; null when none is left or it has no end.
  const char* next() {
    const void* end = left_ > 0 ? memchr(at_, '\0', left_) : nullptr;
    if (end == nullptr) {
      return nullptr;
    }
    const char* field = at_;
    const std::size_t taken = static_cast<std::size_t>(static_cast<const char*>(end) - at_) + 1;
    at_ += taken;
    left_ -= taken;
    return field;
  }
  bool empty() const { return left_ == 0; }

 private:
  const char* at_;
  std::size_t left_;
};

const char* read_number(const char* value, OptionalNumber& number) {
  if (number.set) {
    return "a limit is given twice";
  }
  if (*value == '\0') {
    return "a limit is no number";
  }
  std::uint64_t sum = 0;
  for (; *value != '\0'; ++value) {
    if (*value < '0' || *value > '9') {
      return "a limit is no number";
    }
    sum = sum * 10 + static_cast<std::uint64_t>(*value - '0');
    if (sum > number_max) {
      return "a limit is too large";
    }
  }
  number = {true, sum};
  return nullptr;
}

const char* read_flag(const char* value, unsigned bit, unsigned& seen, bool& flag) {
  if ((seen & bit) != 0) {
    return "a flag is given twice";
  }
  seen |= bit;
  flag = strcmp(value, "yes") == 0;
  return flag || strcmp(value, "no") == 0 ? nullptr : "a flag is neither yes nor no";
}

const char* read_tree(const char* value, TreeAccess access, ProfileView& profile) {
  if (profile.tree_count == trees_max) {
    return "there are too many trees";
  }
  if (*value != '/') {
    return "a tree is no absolute path";
  }
  if (strlen(value) > path_bytes_max) {
    return "a tree's path is too long";
  }
  profile.trees[profile.tree_count++] = {access, value};
  return nullptr;
}

const char* read_outer(const char* value, ProfileView& profile) {
  if (profile.outer != nullptr || *value != '/') {
    return "the outer sandbox is given twice or by no absolute path";
  }
  profile.outer = value;
  return nullptr;
}

const char* read_join(const char* value, ProfileView& profile) {
  if (profile.join_count == joins_max || *value != '/') {
    return "a control group is one too many or no absolute path";
  }
  profile.joins[profile.join_count++] = value;
  return nullptr;
}

const char* read_pair(const char* key, const char* value, unsigned& seen, ProfileView& profile) {
  const auto is = [key](const char* name) { return strcmp(key, name) == 0; };
  if (is(key_read)) return read_tree(value, TreeAccess::read, profile);
  if (is(key_execute)) return read_tree(value, TreeAccess::execute, profile);
  if (is(key_write)) return read_tree(value, TreeAccess::write, profile);
  if (is(key_join)) return read_join(value, profile);
  if (is(key_start_programs)) return read_flag(value, 1U, seen, profile.start_programs);
  if (is(key_change_metadata)) return read_flag(value, 2U, seen, profile.change_metadata);
  if (is(key_raw_network)) return read_flag(value, 4U, seen, profile.raw_network);
  if (is(key_outer)) return read_outer(value, profile);
  if (is(key_memory)) return read_number(value, profile.memory_bytes);
  if (is(key_processes)) return read_number(value, profile.processes);
  if (is(key_files)) return read_number(value, profile.files);
  if (is(key_file_size)) return read_number(value, profile.file_bytes);
  return "it has a key this launcher does not know";
}

}  // namespace

const char* read_profile(const char* text, std::size_t size, ProfileView& profile) {
  profile = ProfileView{};
  if (size > profile_bytes_max) {
    return "it is too long";
  }
  Fields fields(text, size);
  const char* header = fields.next();
  if (header == nullptr || strcmp(header, profile_header) != 0) {
    return "it is no profile of this version";
  }
  unsigned seen = 0;
  for (;;) {
    const char* key = fields.next();
    if (key == nullptr) {
      return "it has no end";
    }
    if (strcmp(key, profile_end) == 0) {
      return fields.empty() ? nullptr : "something follows its end";
    }
    const char* value = fields.next();
    if (value == nullptr) {
      return "it has no end";
    }
    if (const char* wrong = read_pair(key, value, seen, profile)) {
      return wrong;
    }
  }
}

}  // namespace symphony::sandbox
