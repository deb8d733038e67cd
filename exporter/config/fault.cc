#include "exporter/config/fault.h"

#include <algorithm>
#include <string_view>

namespace batchslo {
namespace {

constexpr std::size_t kMostShown = 100, kMostColumns = 160;

std::string_view LineOf(std::string_view text, int line) {
  for (int i = 1; i < line; ++i) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  text = text.substr(0, text.find('\n'));
  return text.ends_with('\r') ? text.substr(0, text.size() - 1) : text;
}

// Control characters would act on the terminal.
std::string Printable(std::string_view text) {
  std::string out(text);
  std::replace_if(out.begin(), out.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
  return out;
}

std::string Snippet(const Fault& fault, std::string_view text) {
  const std::string_view line = LineOf(text, fault.line);
  const auto column = static_cast<std::size_t>(fault.column);
  if (fault.secret || column > kMostColumns) return "";
  const std::string number = std::to_string(fault.line);
  const std::string margin(number.size() + 4, ' ');
  return "    " + number + " | " + Printable(line.substr(0, kMostColumns)) + "\n" + margin + " | " + std::string(column - 1, ' ') + "^\n";
}

}  // namespace

std::string RenderFaults(const std::vector<Fault>& faults, FaultKind kind, const std::string& file, const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < faults.size() && i < kMostShown; ++i) {
    const Fault& fault = faults[i];
    out += file;
    if (fault.line > 0) out += ":" + std::to_string(fault.line) + ":" + std::to_string(fault.column);
    out += std::string(": ") + (kind == FaultKind::kError ? "error" : "warning") + ": " + Printable(fault.message) + "\n";
    if (fault.line > 0) out += Snippet(fault, text);
    if (!fault.help.empty()) out += "    = help: " + Printable(fault.help) + "\n";
  }
  if (faults.size() > kMostShown) out += "and " + std::to_string(faults.size() - kMostShown) + " more\n";
  return out;
}

}  // namespace batchslo
