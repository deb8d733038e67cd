// Tested by tests/web/server_test.cc.
#include "exporter/web/message.h"

#include <strings.h>
#include <zlib.h>

#include <algorithm>
#include <memory>

namespace batchslo {
namespace {

std::string_view FindPair(const Pairs& pairs, std::string_view name, bool (*same)(std::string_view, std::string_view)) {
  const auto at = std::find_if(pairs.begin(), pairs.end(), [&](const auto& pair) { return same(pair.first, name); });
  return at == pairs.end() ? std::string_view() : std::string_view(at->second);
}

constexpr int kFastest = 1, kGzipWindow = 15 + 16, kMemory = 8;

// Deflates piece after piece; never fails but for want of memory, which ends the process anyway.
class Deflater {
 public:
  Deflater() { deflateInit2(&stream_, kFastest, Z_DEFLATED, kGzipWindow, kMemory, Z_DEFAULT_STRATEGY); }
  ~Deflater() { deflateEnd(&stream_); }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  // Appends what comes out; all of it with Z_FINISH.
  void Add(std::string_view text, int flush, std::string& out) {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream_.avail_in = static_cast<uInt>(text.size());
    char buffer[16 << 10];
    do {
      stream_.next_out = reinterpret_cast<Bytef*>(buffer);
      stream_.avail_out = sizeof buffer;
      deflate(&stream_, flush);
      out.append(buffer, sizeof buffer - stream_.avail_out);
    } while (stream_.avail_out == 0);
  }

 private:
  z_stream stream_{};
};

}  // namespace

std::string_view WebRequest::Header(std::string_view name) const {
  return FindPair(headers, name, [](std::string_view a, std::string_view b) { return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0; });
}

std::string_view WebRequest::Query(std::string_view name) const {
  return FindPair(query, name, [](std::string_view a, std::string_view b) { return a == b; });
}

std::string Gzip(std::string_view text) {
  std::string out;
  Deflater().Add(text, Z_FINISH, out);
  return out;
}

Pieces GzipPieces(Pieces pieces) {
  struct State {
    Pieces pieces;
    Deflater deflater;
    std::string out;
    bool ended = false;
  };
  auto state = std::make_shared<State>();
  state->pieces = std::move(pieces);
  return [state]() -> std::string_view {
    state->out.clear();
    while (state->out.empty() && !state->ended) {
      const std::string_view piece = state->pieces();
      state->ended = piece.empty();
      state->deflater.Add(piece, state->ended ? Z_FINISH : Z_NO_FLUSH, state->out);
    }
    return state->out;
  };
}

}  // namespace batchslo
