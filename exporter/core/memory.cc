#include <algorithm>
#include <sstream>

#include "exporter/core/tracker_parts.h"

namespace batchslo {
namespace {

std::string Plain(std::string text) {
  std::replace_if(text.begin(), text.end(), [](char c) { return c == '\t' || c == '\n'; }, ' ');
  return text;
}

std::string Hex(std::uint64_t number) {
  std::ostringstream text;
  text << std::hex << number;
  return text.str();
}

std::optional<TimePoint> Instant(const std::string& text) {
  const auto time = ParseRfc3339(text);
  return time ? std::optional(*time) : std::nullopt;
}

constexpr State kStates[] = {State::kMet, State::kMissed, State::kUnknown, State::kPending, State::kPaused, State::kGone};

void DecodeStanding(const std::vector<std::string>& words, Memory& memory) {
  if (words.size() < 7) return;
  const auto end = Instant(words[2]), opens = Instant(words[3]), due = Instant(words[4]);
  if (!end || !opens || !due) return;
  History::Standing standing;
  standing.rule = std::strtoull(words[1].c_str(), nullptr, 16);
  standing.state.verdict = Verdict::kMissed;
  standing.state.window = Window{*opens, *due};
  standing.state.success_at = Instant(words[5]);
  if (standing.state.success_at) standing.state.margin = *due - *standing.state.success_at;
  standing.state.evidence = words[6];
  standing.end = *end;
  memory.standing.push_back(std::move(standing));
}

}  // namespace

// Lines of words, parted by tabs:
//   first_seen <instant>
//   back <instant>
//   left <instant>, the last one
//   state <name> <since>
//   standing <JudgedBy in hex> <end> <opens> <due> <success or -> <evidence>
std::string EncodeMemory(const History& history, State state, TimePoint since) {
  std::string text;
  if (history.first_seen) text += "first_seen\t" + FormatRfc3339(*history.first_seen) + "\n";
  if (history.back) text += "back\t" + FormatRfc3339(*history.back) + "\n";
  text += "state\t" + std::string(StateName(state)) + "\t" + FormatRfc3339(since) + "\n";
  for (const History::Standing& standing : history.standing) {
    if (!standing.state.window) continue;
    const auto& success = standing.state.success_at;
    text += "standing\t" + Hex(standing.rule) + "\t" + FormatRfc3339(standing.end) + "\t" + FormatRfc3339(standing.state.window->opens) +
            "\t" + FormatRfc3339(standing.state.window->due) + "\t" + (success ? FormatRfc3339(*success) : "-") + "\t" +
            Plain(standing.state.evidence) + "\n";
  }
  return text;
}

std::optional<std::string> Tracker::MemoryOfOneThatLeft(const std::string& text, TimePoint now) {
  if (DecodeMemory(text).left) return std::nullopt;
  return text + "left\t" + FormatRfc3339(now) + "\n";
}

Memory DecodeMemory(const std::string& text) {
  Memory memory;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::vector<std::string> words(1);
    for (const char c : line) {
      if (c == '\t') {
        words.emplace_back();
      } else {
        words.back().push_back(c);
      }
    }
    if (words[0] == "first_seen" && words.size() == 2) memory.first_seen = Instant(words[1]);
    if (words[0] == "back" && words.size() == 2) memory.back = Instant(words[1]);
    if (words[0] == "left" && words.size() == 2) memory.left = Instant(words[1]);
    if (words[0] == "standing") DecodeStanding(words, memory);
    if (words[0] != "state" || words.size() != 3) continue;
    for (const State state : kStates) {
      if (words[1] == StateName(state)) memory.state = state;
    }
    memory.since = Instant(words[2]);
  }
  return memory;
}

}  // namespace batchslo
