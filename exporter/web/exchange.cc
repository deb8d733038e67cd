// Tested by tests/web/server_test.cc.
#include "exporter/web/exchange.h"

#include <httplib.h>

#include <algorithm>
#include <optional>

#include "exporter/web/escape.h"
#include "exporter/web/place.h"

namespace batchslo {
namespace {

constexpr int kMostWhole = 4;                     // bodies at once
constexpr std::size_t kMostWholeBytes = 16 << 20;  // of each
constexpr std::size_t kLarge = 128 << 10;          // bytes of a body; as many smaller ones as there are connections can be held
constexpr int kMostLarge = 64 << 10;               // KiB of large ones at once

// A head in memory to read from, the peer to write to.
class HeadStream : public httplib::Stream {
 public:
  HeadStream(std::string_view head, const SendBytes& send) : head_(head), send_(send) {}
  using Stream::write;
  bool is_readable() const override { return !head_.empty(); }
  bool is_writable() const override { return true; }
  ssize_t read(char* to, std::size_t size) override {
    const std::size_t count = head_.copy(to, size);
    head_.remove_prefix(count);
    return static_cast<ssize_t>(count);
  }
  ssize_t write(const char* bytes, std::size_t size) override { return send_(bytes, size) ? static_cast<ssize_t>(size) : -1; }
  void get_remote_ip_and_port(std::string&, int&) const override {}
  void get_local_ip_and_port(std::string&, int&) const override {}
  socket_t socket() const override { return 0; }

 private:
  std::string_view head_;
  const SendBytes& send_;
};

WebRequest FromLibrary(const httplib::Request& request, const Pairs& headers, std::string body) {
  WebRequest out;
  out.method = request.method;
  out.target = request.target;
  out.path = DecodeUrl(request.target.substr(0, request.target.find('?'))).value_or("");
  out.query.assign(request.params.begin(), request.params.end());
  out.headers = headers;
  out.body = std::move(body);
  return out;
}

WebReply AskAnew(WebReply reply, int status, const char* message) {
  std::erase_if(reply.headers, [](const auto& header) { return header.first == "Content-Encoding"; });
  if (status == 503) reply.headers.emplace_back("Retry-After", "1");
  return {status, "text/plain; charset=utf-8", message, {}, std::move(reply.headers)};
}

// HTTP/1.0 knows no chunks: its body is held until it is sent, as long as `place` is.
WebReply Whole(WebReply reply, const Place& place) {
  const Pieces pieces = std::exchange(reply.pieces, nullptr);
  if (place.before >= kMostWhole) return AskAnew(std::move(reply), 503, "too many ask for this by HTTP/1.0 at once; try again, or ask by HTTP/1.1\n");
  for (std::string_view piece = pieces(); !piece.empty(); piece = pieces()) {
    if (reply.body.size() + piece.size() > kMostWholeBytes) return AskAnew(std::move(reply), 505, "this is too large for HTTP/1.0; ask by HTTP/1.1\n");
    reply.body += piece;
  }
  return reply;
}

// Who takes a large body slowly, or not at all, holds it for as long.
WebReply Bounded(WebReply reply, std::optional<Place>& place, Held& held) {
  if (reply.body.size() <= kLarge) return reply;
  place.emplace(held.kibibytes, static_cast<int>(reply.body.size() >> 10));
  if (place->before + place->places <= kMostLarge || place->before == 0) return reply;
  place.reset();
  return AskAnew(std::move(reply), 503, "too many take large replies at once; try again, or ask for it by gzip\n");
}

void ToLibrary(WebReply reply, httplib::Response& out) {
  out.status = reply.status;
  for (const auto& [name, value] : reply.headers) out.set_header(name, value);
  out.set_header("Accept-Ranges", "none");  // else the library promises them, and to HEAD alone
  if (!reply.pieces) return out.set_content(std::move(reply.body), reply.type);
  out.set_chunked_content_provider(reply.type, [pieces = std::move(reply.pieces)](std::size_t, httplib::DataSink& sink) {
    const std::string_view piece = pieces();
    if (!piece.empty()) return sink.write(piece.data(), piece.size());
    sink.done();
    return true;
  });
}

// The library's parser and writer, without its sockets.
class Library : public httplib::Server {
 public:
  Library() { svr_sock_ = 0; }  // else it thinks that it is being stopped

  template <class Self, class Setup>
  static bool Process(Self& self, httplib::Stream& stream, bool close, bool& closed, const Setup& setup) {
    if constexpr (requires { self.process_request(stream, "", 0, "", 0, close, closed, setup); }) {
      return self.process_request(stream, "", 0, "", 0, close, closed, setup);  // 0.12 and later
    } else {
      return self.process_request(stream, close, closed, setup);
    }
  }
};

}  // namespace

Then Exchange(const RequestHead& head, std::string body, Then then, const Answer& answer, Held& held, const SendBytes& send) {
  std::optional<Place> place;
  Library library;
  library.set_keep_alive_max_count(1000);
  library.set_keep_alive_timeout(60);
  library.set_pre_routing_handler([&](const httplib::Request& request, httplib::Response& reply) {
    WebReply answered = answer(FromLibrary(request, head.headers, std::move(body)));
    if (!answered.pieces) answered = Bounded(std::move(answered), place, held);
    else if (request.version == "HTTP/1.0") answered = Whole(std::move(answered), place.emplace(held.whole));
    ToLibrary(std::move(answered), reply);
    return httplib::Server::HandlerResponse::Handled;
  });
  // What an exception says is for nobody outside.
  library.set_exception_handler([](const httplib::Request&, httplib::Response& reply, std::exception_ptr) {
    reply.status = 500;
    reply.set_content("This request could not be answered.\n", "text/plain; charset=utf-8");
  });
  HeadStream stream(head.forwarded, send);
  bool closed = false;
  const bool well = Library::Process(library, stream, then == Then::kClose, closed, [](httplib::Request&) {});
  return well && !closed ? then : Then::kClose;
}

}  // namespace batchslo
