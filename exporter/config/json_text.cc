#include "exporter/config/json_text.h"

#include <algorithm>
#include <cstdio>
#include <string_view>

namespace batchslo {
namespace {

std::string Escaped(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += std::string("\\") + c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char code[8];
      std::snprintf(code, sizeof code, "\\u%04x", static_cast<unsigned>(c));
      out += code;
    } else {
      out += c;
    }
  }
  return out + "\"";
}

}  // namespace

Json Json::Text(std::string_view text) { return Raw(Escaped(text)); }

Json Json::Raw(std::string_view literal) {
  Json value(' ');
  value.literal_ = literal;
  return value;
}

Json Json::Texts(const std::vector<std::string_view>& texts) {
  Json array = Array();
  for (const std::string_view text : texts) array.Add(Text(text));
  return array;
}

Json& Json::Set(std::string_view key, Json value) {
  members_.emplace_back(key, std::move(value));
  return *this;
}

Json& Json::Add(Json value) {
  members_.emplace_back("", std::move(value));
  return *this;
}

std::string Json::Render(std::size_t indent) const {
  if (kind_ == ' ') return literal_;
  const char close = kind_ == '{' ? '}' : ']';
  if (members_.empty()) return std::string(1, kind_) + close;
  const bool is_flat = kind_ == '[' && std::all_of(members_.begin(), members_.end(),
                                                   [](const auto& m) { return m.second.kind_ == ' '; });
  const std::string pad = is_flat ? "" : "\n" + std::string(indent + 2, ' ');
  std::string out(1, kind_);
  for (std::size_t i = 0; i < members_.size(); ++i) {
    const auto& [key, value] = members_[i];
    out += (i == 0    ? ""
            : is_flat ? ", "
                      : ",") +
           pad + (kind_ == '{' ? Escaped(key) + ": " : "") + value.Render(indent + 2);
  }
  return out + (is_flat ? "" : "\n" + std::string(indent, ' ')) + close;
}

}  // namespace batchslo
