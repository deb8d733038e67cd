#include "exporter/core/sight_codec.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace batchslo {
namespace {

using Field = std::optional<TimePoint> Sight::*;
constexpr std::array<Field, 4> kFields = {&Sight::scheduled, &Sight::created, &Sight::started, &Sight::finished};

void PutVarint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}

std::uint64_t GetVarint(const char*& at) {
  std::uint64_t value = 0;
  for (unsigned shift = 0;; shift += 7) {
    const auto byte = static_cast<unsigned char>(*at++);
    value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
}

std::uint64_t Zigzag(std::int64_t value) { return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63); }
std::int64_t Unzigzag(std::uint64_t value) { return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1); }

// Schedulers tell whole seconds, and the end of one stands for all of it: such distances are kept in seconds. The two
// lowest bits say how; instants lie within the years that text can have, so none is lost.
constexpr std::int64_t kSecond = 1'000'000, kOff[] = {0, 1, -1};
constexpr std::uint64_t kMicroseconds = std::size(kOff);

void PutInstant(std::string& out, TimePoint time, TimePoint base) {
  const std::int64_t delta = (time - base).count();
  for (std::uint64_t how = 0; how < kMicroseconds; ++how) {
    if ((delta - kOff[how]) % kSecond == 0) return PutVarint(out, Zigzag((delta - kOff[how]) / kSecond) << 2 | how);
  }
  PutVarint(out, Zigzag(delta) << 2 | kMicroseconds);
}

TimePoint GetInstant(const char*& at, TimePoint base) {
  const std::uint64_t coded = GetVarint(at), how = coded & 3;
  const std::int64_t value = Unzigzag(coded >> 2);
  return base + Duration{how == kMicroseconds ? value : value * kSecond + kOff[how]};
}

// What the first instant of a record is told from.
TimePoint BaseAfter(const Sight& previous) { return previous.scheduled.value_or(previous.observed); }

// ---- run ids: what schedulers make them of takes two thirds of the room ----

constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789-./_";  // 40^3 of them are less than 2^16

constexpr std::uint8_t kNoLetter = kLetters.size();
constexpr auto kPlaces = [] {
  std::array<std::uint8_t, 256> places;
  places.fill(kNoLetter);
  for (std::size_t i = 0; i < kLetters.size(); ++i) places[static_cast<unsigned char>(kLetters[i])] = static_cast<std::uint8_t>(i);
  return places;
}();

std::uint8_t PlaceOf(char letter) { return kPlaces[static_cast<unsigned char>(letter)]; }
bool IsPlain(std::string_view text) { return std::all_of(text.begin(), text.end(), [](char c) { return PlaceOf(c) != kNoLetter; }); }

void PutPlain(std::string& out, std::string_view text) {
  for (; !text.empty(); text.remove_prefix(std::min<std::size_t>(3, text.size()))) {
    std::size_t three = 0;
    for (std::size_t i = 0; i < 3; ++i) three = three * kLetters.size() + (i < text.size() ? PlaceOf(text[i]) : 0);
    out.push_back(static_cast<char>(three >> 8));
    out.push_back(static_cast<char>(three & 0xff));
  }
}

void GetPlain(const char*& at, std::size_t length, std::string& text) {
  constexpr std::size_t n = kLetters.size();
  const std::size_t end = text.size() + length;
  text.resize(end + 2);  // letters come by threes
  for (char* to = text.data() + (end - length); to < text.data() + end; to += 3, at += 2) {
    const std::size_t three = static_cast<std::size_t>(static_cast<unsigned char>(at[0])) << 8 | static_cast<unsigned char>(at[1]);
    to[0] = kLetters[three / n / n];
    to[1] = kLetters[three / n % n];
    to[2] = kLetters[three % n];
  }
  text.resize(end);
}

void PutId(std::string& out, std::string_view id, std::string_view previous) {
  const auto differs = std::mismatch(id.begin(), id.end(), previous.begin(), previous.end()).first;
  const auto shared = static_cast<std::size_t>(differs - id.begin());
  const std::string_view rest = id.substr(shared);
  PutVarint(out, shared);
  const bool is_plain = IsPlain(rest);
  PutVarint(out, rest.size() << 1 | (is_plain ? 1u : 0u));
  is_plain ? PutPlain(out, rest) : void(out.append(rest));
}

// `id` is the one before it, and becomes this one.
void GetId(const char*& at, std::string& id) {
  const std::size_t shared = GetVarint(at), coded = GetVarint(at), length = coded >> 1;
  id.resize(shared);
  if (coded & 1) return GetPlain(at, length, id);
  id.append(at, length);
  at += length;
}

// ---- records ----

// Which fields are there, outcome and trigger; 0: as the record before.
unsigned FlagsOf(const Sight& sight) {
  unsigned flags = 1;
  for (const Field field : kFields) flags = flags << 1 | (sight.*field ? 1u : 0u);
  return flags << 5 | static_cast<unsigned>(sight.outcome) << 2 | static_cast<unsigned>(sight.trigger);
}

}  // namespace

void EncodeSight(std::string& out, const Sight& sight, const Sight& previous) {
  const unsigned flags = FlagsOf(sight);
  PutVarint(out, flags == FlagsOf(previous) ? 0 : flags);
  PutId(out, sight.run_id, previous.run_id);
  TimePoint base = BaseAfter(previous);
  for (const Field field : kFields) {
    if (!(sight.*field)) continue;
    PutInstant(out, *(sight.*field), base);
    base = *(sight.*field);
  }
  PutInstant(out, sight.observed, base);
}

void DecodeSight(const char*& at, Sight& sight) {
  const std::uint64_t told = GetVarint(at), flags = told == 0 ? FlagsOf(sight) : told;
  sight.outcome = static_cast<Outcome>(flags >> 2 & 7);
  sight.trigger = static_cast<Trigger>(flags & 3);
  GetId(at, sight.run_id);
  TimePoint base = BaseAfter(sight);
  for (std::size_t i = 0; i < kFields.size(); ++i) {
    std::optional<TimePoint>& field = sight.*kFields[i];
    if ((flags >> (8 - i) & 1) == 0) {
      field.reset();
    } else {
      field = base = GetInstant(at, base);
    }
  }
  sight.observed = GetInstant(at, base);
}

}  // namespace batchslo
