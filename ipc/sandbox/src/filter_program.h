#pragma once
// A seccomp filter while it is written down: a list of rules by system call, each of which ends in a verdict.

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <array>
#include <cstddef>
#include <cstdint>

namespace symphony::sandbox {

class FilterProgram {
 public:
  static constexpr std::size_t length_max = 1024;
  static constexpr std::uint32_t allow = SECCOMP_RET_ALLOW;
  static constexpr std::uint32_t kill = SECCOMP_RET_KILL_PROCESS;
  static constexpr std::uint32_t refuse(int error) {
    return SECCOMP_RET_ERRNO | (static_cast<std::uint32_t>(error) & SECCOMP_RET_DATA);
  }

  void load_architecture() { load(offsetof(seccomp_data, arch)); }
  void load_number() { load(offsetof(seccomp_data, nr)); }

  /// `verdict` when the loaded value is not / is at least / is `value`; else on to the next rule.
  void unless_equal(std::uint32_t value, std::uint32_t verdict) {
    jump(BPF_JEQ, value, 1, 0);
    end(verdict);
  }
  void if_at_least(std::uint32_t value, std::uint32_t verdict) {
    jump(BPF_JGE, value, 0, 1);
    end(verdict);
  }
  void if_equal(std::uint32_t value, std::uint32_t verdict) {
    jump(BPF_JEQ, value, 0, 1);
    end(verdict);
  }
  void end(std::uint32_t verdict) { emit(BPF_RET | BPF_K, verdict, 0, 0); }

  /// What follows until `end_of_call` is for this system call only.
  void begin_call(std::uint32_t number) {
    jump(BPF_JEQ, number, 0, 0);
    call_ = length_ - 1;
  }
  /// `verdict` for every call that no rule since `begin_call` decided.
  void end_of_call(std::uint32_t verdict) {
    end(verdict);
    code_[call_].jf = static_cast<std::uint8_t>(length_ - call_ - 1);
    broken_ = broken_ || length_ - call_ - 1 > 255;
  }
  /// The halves of an argument; a kernel function that takes an int sees the low one only.
  void load_argument_low(unsigned index) { load(argument(index)); }
  void load_argument_high(unsigned index) { load(argument(index) + sizeof(std::uint32_t)); }
  void keep_bits(std::uint32_t bits) { emit(BPF_ALU | BPF_AND | BPF_K, bits, 0, 0); }
  void if_any_bit(std::uint32_t bits, std::uint32_t verdict) {
    jump(BPF_JSET, bits, 0, 1);
    end(verdict);
  }

  /// False when it was too long to be written down.
  bool whole() const { return !broken_; }
  sock_fprog program() { return {static_cast<unsigned short>(length_), code_.data()}; }

 private:
  static std::uint32_t argument(unsigned index) {
    return static_cast<std::uint32_t>(offsetof(seccomp_data, args) + index * sizeof(std::uint64_t));
  }
  void load(std::size_t offset) { emit(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset), 0, 0); }
  void jump(unsigned kind, std::uint32_t value, std::uint8_t when_true, std::uint8_t when_false) {
    emit(BPF_JMP | kind | BPF_K, value, when_true, when_false);
  }
  void emit(unsigned code, std::uint32_t value, std::uint8_t when_true, std::uint8_t when_false) {
    if (length_ == length_max) {
      broken_ = true;
      return;
    }
    code_[length_++] = {static_cast<std::uint16_t>(code), when_true, when_false, value};
  }

  std::array<sock_filter, length_max> code_{};
  std::size_t length_ = 0;
  std::size_t call_ = 0;
  bool broken_ = false;
};

}  // namespace symphony::sandbox
