// Fuzzes exporter/web/connection.cc and request_reader.cc: a peer that sends, reads, waits and goes as the input says, in
// steps of two bytes (what, how much) and, of a step that sends, the bytes.
#include <sys/socket.h>
#include <unistd.h>

#include <memory>

#include "exporter/web/connection.h"
#include "tests/fuzz/fuzz.h"

namespace batchslo::fuzz {
namespace {

using Stage = Connection::Stage;

class Play {
 public:
  Play() {
    int ends[2];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
    peer_ = ends[1];
    const int little = 4096;
    setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &little, sizeof little);
    connection_ = std::make_unique<Connection>(ends[0], limits_, told_, tls_, now_);
  }
  ~Play() {
    connection_.reset();
    close(peer_);
  }

  bool Step(std::string_view& input) {
    if (input.size() < 2 || connection_->At() == Stage::kEnded) return false;
    const auto what = static_cast<unsigned char>(input[0]), much = static_cast<unsigned char>(input[1]);
    input.remove_prefix(2);
    switch (what % 8) {
      case 4: Read(); break;
      case 5: Pass(std::chrono::milliseconds{much * 100}); break;
      case 6: Answer(much); break;
      case 7: shutdown(peer_, much % 2 == 0 ? SHUT_WR : SHUT_RDWR); break;
      default: Send(input, what % 8 == 3 ? std::size_t{much} << 8 : much); break;
    }
    connection_->Turn(now_);
    ++turns_;
    if (auto question = connection_->Ask()) {
      CHECK(!is_asked_ && connection_->At() == Stage::kAnswering);
      CHECK(question->body.size() == question->head.body_bytes && question->body.size() <= kMostRequestBody);
      is_asked_ = true;
    }
    Judge();
    return true;
  }

  void Judge() const {
    const Stage at = connection_->At();
    CHECK((connection_->Awaits() == 0) == (at == Stage::kAnswering || at == Stage::kEnded));
    CHECK((connection_->Until() == Connection::Time::max()) == (at == Stage::kAnswering) || at == Stage::kEnded);
    CHECK(is_asked_ == (at == Stage::kAnswering));
    CHECK(made_ <= turns_);  // however fast they are taken
  }

 private:
  void Send(std::string_view& input, std::size_t size) {
    const std::string_view bytes = input.substr(0, size);
    input.remove_prefix(bytes.size());
    static_cast<void>(send(peer_, bytes.data(), bytes.size(), MSG_NOSIGNAL));
  }
  void Read() {
    char buffer[1 << 14];
    const ssize_t count = recv(peer_, buffer, sizeof buffer, 0);
    if (count <= 0) return;
    CHECK(taken_ > 0 || std::string_view(buffer, static_cast<std::size_t>(count)).starts_with("HTTP/1.1 "));
    taken_ += static_cast<std::size_t>(count);
  }
  void Pass(std::chrono::milliseconds time) {
    now_ += time;
    if (connection_->Until() <= now_) connection_->Expire(now_);
  }
  void Answer(unsigned pieces) {
    if (!std::exchange(is_asked_, false)) return;
    Reply reply{"HTTP/1.1 200 OK\r\n\r\n", nullptr, pieces % 3 == 0 ? Then::kClose : Then::kKeep};
    if (pieces > 0) reply.pieces = [this, left = pieces]() mutable { return left == 0 ? std::string_view() : (--left, ++made_, std::string_view(piece_)); };
    connection_->Take(std::move(reply), now_);
  }

  const FrontLimits limits_;
  const FrontTold told_{[](int) {}, [](std::string_view) {}};
  const TlsInForce tls_;
  const std::string piece_ = std::string(1000, 'x');
  Connection::Time now_{};
  int peer_ = -1;
  bool is_asked_ = false;
  std::size_t made_ = 0, turns_ = 0, taken_ = 0;
  std::unique_ptr<Connection> connection_;
};

}  // namespace
}  // namespace batchslo::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input = batchslo::fuzz::TextOf(data, size);
  batchslo::fuzz::Play play;
  while (play.Step(input)) {
  }
  return 0;
}
