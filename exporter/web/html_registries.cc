// What the page says of registries. Tested by tests/web/html_test.cc.
#include <algorithm>

#include "exporter/web/escape.h"
#include "exporter/web/html_parts.h"
#include "exporter/web/registry_text.h"

namespace batchslo {
namespace {

constexpr std::size_t kMostShown = 20;

template <class Items, class Text>
std::string Lines(const Items& items, const char* name, Text text) {
  std::string html;
  for (std::size_t i = 0; i < std::min(items.size(), kMostShown); ++i) html += "<div class=\"" + std::string(name) + "\">" + text(items[i]) + "</div>";
  if (items.size() > kMostShown) html += "<div class=\"sub\">and " + std::to_string(items.size() - kMostShown) + " more at least</div>";
  return html;
}

std::string HealthBadge(const RegistryState& registry) {
  if (!registry.up) return Badge("pending", "not read yet");
  if (!*registry.up) return Badge("missed", "down");
  const bool has_wrong = registry.reading && registry.reading->invalid > 0;
  return has_wrong ? Badge("unknown", "wrong rows") : Badge("met", "up");
}

std::string RegistryRow(const RegistryState& registry, TimePoint now) {
  std::string row = "<tr><td>" + HealthBadge(registry) + "</td><th scope=\"row\"><span class=\"name\">" + EscapeHtml(registry.name) + "</span><div class=\"sub\">" +
                    EscapeHtml(registry.kind) + "</div></th><td class=\"age\"><span class=\"label\">last read </span>" + MaybeAgo(registry.last_success, now, "never") + "</td><td>";
  if (!registry.error.empty()) row += "<div class=\"error\">" + EscapeHtml(registry.error) + "</div>";
  const auto& reading = registry.reading;
  if (!reading) return row + "</td></tr>\n";
  row += "<div>" + std::to_string(reading->rows) + " rows" + (reading->invalid == 0 ? "" : ", " + std::to_string(reading->invalid) + " left out") + "</div>";
  const auto text = [](const RegistryReading::Note& note) { return EscapeHtml(NoteText(note)); };
  row += Lines(reading->faults, "error", text) + Lines(reading->remarks, "sub", text);
  return row + Lines(registry.unknown, "sub", [](const auto& one) { return EscapeHtml("row " + std::to_string(one.row) + ": no source knows " + one.job); }) + "</td></tr>\n";
}

}  // namespace

std::string RegistriesPart(const Snapshot& snapshot, TimePoint now) {
  if (snapshot.registries.empty()) return "";
  std::string out = "<h2>Registries</h2>" + TableHead("sources", {"Health", "Registry", "Last read", "Rows"});
  for (const RegistryState& registry : snapshot.registries) out += RegistryRow(registry, now);
  return out + "</tbody></table>";
}

}  // namespace batchslo
