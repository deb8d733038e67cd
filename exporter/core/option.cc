#include "exporter/core/option.h"

#include <cassert>

namespace batchslo {
namespace {

template <class T, class Map>
const T* Find(const Map& values, std::string_view key) {
  const auto at = values.find(key);
  if (at == values.end() || std::holds_alternative<std::monostate>(at->second)) return nullptr;
  assert(std::holds_alternative<T>(at->second));
  return std::get_if<T>(&at->second);
}

}  // namespace

bool Options::Has(std::string_view key) const {
  const auto at = values_.find(key);
  return at != values_.end() && !std::holds_alternative<std::monostate>(at->second);
}

const std::string& Options::String(std::string_view key) const {
  static const std::string kEmpty;
  const auto* value = Find<std::string>(values_, key);
  return value ? *value : kEmpty;
}

bool Options::Bool(std::string_view key) const {
  const auto* value = Find<bool>(values_, key);
  return value && *value;
}

std::int64_t Options::Integer(std::string_view key) const {
  const auto* value = Find<std::int64_t>(values_, key);
  return value ? *value : 0;
}

Duration Options::Time(std::string_view key) const {
  const auto* value = Find<Duration>(values_, key);
  return value ? *value : Duration{0};
}

const std::vector<std::string>& Options::Strings(std::string_view key) const {
  static const std::vector<std::string> kEmpty;
  const auto* value = Find<std::vector<std::string>>(values_, key);
  return value ? *value : kEmpty;
}

const SecretRef* Options::Secret(std::string_view key) const { return Find<SecretRef>(values_, key); }

}  // namespace batchslo
