#include "exporter/core/traceback.h"

#include <algorithm>

namespace batchslo {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

void FrameChoice::See(Traceback::Frame frame, bool is_own) {
  std::optional<Traceback::Frame>& kept = is_own ? own_ : any_;
  if (!kept || order_ == Order::kInnermostLast) kept = std::move(frame);
}

bool IsLibrary(std::string_view path, std::span<const std::string_view> pieces) {
  return path.empty() || std::any_of(pieces.begin(), pieces.end(), [&](std::string_view piece) { return path.find(piece) != std::string_view::npos; });
}

std::string_view LinePrefix::Strip(std::string_view line) const {
  const auto like = [](char a, char b) { return a == b || (IsDigit(a) && IsDigit(b)); };
  const bool has_it = line.size() >= prefix_.size() && std::equal(prefix_.begin(), prefix_.end(), line.begin(), like);
  return has_it ? line.substr(prefix_.size()) : line;
}

}  // namespace batchslo
