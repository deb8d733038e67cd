// Tested by tests/web/exposition_test.cc and tests/web/server_test.cc.
#include "exporter/web/gzip.h"

#include <zlib.h>

#include <memory>

namespace batchslo {
namespace {

constexpr int kFastest = 1, kRawWindow = -15, kGzipWindow = 15 + 16, kMemory = 8;

// Deflates piece after piece; never fails but for want of memory, which ends the process anyway.
class Deflater {
 public:
  explicit Deflater(int window) { deflateInit2(&stream_, kFastest, Z_DEFLATED, window, kMemory, Z_DEFAULT_STRATEGY); }
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

std::string LittleEndian(std::size_t number) {
  std::string bytes;
  for (int i = 0; i < 4; ++i) bytes.push_back(static_cast<char>(number >> (8 * i) & 0xff));
  return bytes;
}

}  // namespace

std::string Gzip(std::string_view text) {
  std::string out;
  Deflater(kGzipWindow).Add(text, Z_FINISH, out);
  return out;
}

Pieces GzipPieces(Pieces pieces) {
  struct State {
    Pieces pieces;
    Deflater deflater{kGzipWindow};
    std::string out;
    bool ended = false;
  };
  auto state = std::make_shared<State>();
  state->pieces = std::move(pieces);
  return [state]() -> std::string_view {
    state->out.clear();
    if (state->ended) return state->out;
    const std::string_view piece = state->pieces();
    state->ended = piece.empty();
    state->deflater.Add(piece, state->ended ? Z_FINISH : Z_SYNC_FLUSH, state->out);
    return state->out;
  };
}

GzipPart DeflatePart(std::string_view text) {
  GzipPart part;
  Deflater(kRawWindow).Add(text, Z_SYNC_FLUSH, part.bytes);  // ends with a whole byte
  part.bytes.shrink_to_fit();
  part.size = text.size();
  part.crc = static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(text.data()), text.size()));
  return part;
}

std::string_view GzipMember::Head() { return {"\x1f\x8b\x08\0\0\0\0\0\x04\xff", 10}; }  // no name, no time

void GzipMember::Add(const GzipPart& part) {
  crc_ = static_cast<std::uint32_t>(crc32_combine(crc_, part.crc, static_cast<z_off_t>(part.size)));
  size_ += part.size;
}

std::string GzipMember::Tail() const {
  return std::string("\x03\0", 2) + LittleEndian(crc_) + LittleEndian(size_);
}  // an empty last block

}  // namespace batchslo
