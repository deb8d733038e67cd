// Tested by tests/core/fnv_test.cc.
#pragma once

#include <cstdint>
#include <string_view>

namespace batchslo {

// The hash FNV-1a, of 32 or 64 bits: equal in every build and version, for what is shown or stored. Not for what others
// may choose to collide.
template <class Bits>
class Fnv1a {
 public:
  void Step(Bits value) { hash_ = (hash_ ^ value) * kPrime; }
  void Text(std::string_view text) {
    for (const char c : text) Step(static_cast<unsigned char>(c));
  }
  // One of several texts: "ab", "c" differs from "a", "bc", since 0xff is in no UTF-8.
  void Field(std::string_view text) {
    Text(text);
    Step(0xff);
  }
  Bits Value() const { return hash_; }
  static Bits Of(std::string_view text) {
    Fnv1a hash;
    hash.Text(text);
    return hash.Value();
  }

 private:
  static constexpr bool kIsLong = sizeof(Bits) == 8;
  static constexpr Bits kPrime = static_cast<Bits>(kIsLong ? 1099511628211u : 16777619u);
  Bits hash_ = static_cast<Bits>(kIsLong ? 14695981039346656037u : 2166136261u);
};

}  // namespace batchslo
