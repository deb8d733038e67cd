#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "exporter/web/message.h"

namespace batchslo {

// In one gzip member (RFC 1952).
std::string Gzip(std::string_view text);
// A piece for each piece: who has gone is found out before the next is made.
Pieces GzipPieces(Pieces pieces);

// A text deflated by itself, so that it may stand behind any other in one member.
struct GzipPart {
  std::string bytes;
  std::uint32_t crc = 0;  // of the text, as its size is
  std::size_t size = 0;
};
GzipPart DeflatePart(std::string_view text);

// What stands around parts to make a member of them: the head, the bytes of each part that was added, the tail.
class GzipMember {
 public:
  static std::string_view Head();
  void Add(const GzipPart& part);
  std::string Tail() const;

 private:
  std::uint32_t crc_ = 0;
  std::size_t size_ = 0;
};

}  // namespace batchslo
