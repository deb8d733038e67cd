#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace batchslo {

using Pairs = std::vector<std::pair<std::string, std::string>>;

// One request as a handler sees it, whole and within bounds.
struct WebRequest {
  std::string method, target;  // target: as it came
  std::string path;            // of the target, percent-decoded; empty: it could not be decoded
  Pairs query, headers;
  std::string body;

  // The first of that name, whatever its case; empty if there is none.
  std::string_view Header(std::string_view name) const;
  std::string_view Query(std::string_view name) const;
};

// A body in pieces, made while it is sent; an empty piece ends it. A piece is valid until the next call.
using Pieces = std::function<std::string_view()>;

struct WebReply {
  int status = 200;
  std::string type = "text/plain; charset=utf-8";
  std::string body;
  Pieces pieces;  // instead of `body`
  Pairs headers;
  std::function<Pieces()> gzip_pieces = {};  // the body as one gzip member, where that is not made of `pieces`
};

}  // namespace batchslo
