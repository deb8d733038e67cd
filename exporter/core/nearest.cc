#include "exporter/core/nearest.h"

#include <algorithm>
#include <vector>

namespace batchslo {
namespace {

// Optimal string alignment distance.
std::size_t Slips(std::string_view a, std::string_view b) {
  std::vector<std::size_t> two_up(b.size() + 1), up(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) up[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({up[j] + 1, row[j - 1] + 1, up[j - 1] + (a[i - 1] == b[j - 1] ? 0u : 1u)});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], two_up[j - 2] + 1);
    }
    two_up.swap(up);
    up.swap(row);
  }
  return up[b.size()];
}

}  // namespace

std::string_view Nearest(std::string_view word, std::span<const std::string_view> known) {
  std::string_view nearest;
  std::size_t best = std::min<std::size_t>(2, word.size() / 2);
  bool found = false;
  for (const std::string_view candidate : known) {
    const std::size_t difference = std::max(word.size(), candidate.size()) - std::min(word.size(), candidate.size());
    if (word.size() > 200 || difference > best) continue;
    const std::size_t slips = Slips(word, candidate);
    if (slips > best || (found && slips == best)) continue;
    best = slips;
    nearest = candidate;
    found = true;
  }
  return nearest;
}

}  // namespace batchslo
