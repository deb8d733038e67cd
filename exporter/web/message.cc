// Tested by tests/web/server_test.cc.
#include "exporter/web/message.h"

#include <strings.h>

#include <algorithm>

namespace batchslo {
namespace {

std::string_view FindPair(const Pairs& pairs, std::string_view name, bool (*same)(std::string_view, std::string_view)) {
  const auto at = std::find_if(pairs.begin(), pairs.end(), [&](const auto& pair) { return same(pair.first, name); });
  return at == pairs.end() ? std::string_view() : std::string_view(at->second);
}

}  // namespace

std::string_view WebRequest::Header(std::string_view name) const {
  return FindPair(headers, name, [](std::string_view a, std::string_view b) { return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0; });
}

std::string_view WebRequest::Query(std::string_view name) const {
  return FindPair(query, name, [](std::string_view a, std::string_view b) { return a == b; });
}

}  // namespace batchslo
