#pragma once

#include <string>
#include <utility>
#include <vector>

namespace batchslo {

// A JSON value to be written; members keep their order.
class Json {
 public:
  static Json Text(std::string_view text);    // a string
  static Json Raw(std::string_view literal);  // true, 3
  static Json Object() { return Json('{'); }
  static Json Array() { return Json('['); }
  static Json Texts(const std::vector<std::string_view>& texts);

  Json& Set(std::string_view key, Json value);  // of an object
  Json& Add(Json value);                        // to an array
  bool Empty() const { return members_.empty(); }

  // Indented by two blanks a level; short arrays of plain values stay on one line.
  std::string Render(std::size_t indent = 0) const;

 private:
  explicit Json(char kind) : kind_(kind) {}
  char kind_;  // '{', '[', or ' ' for a literal
  std::string literal_;
  std::vector<std::pair<std::string, Json>> members_;  // of an array: without keys
};

}  // namespace batchslo
