// Tested by tests/web/server_test.cc.
#include "exporter/web/exchange.h"

#include <httplib.h>

#include <charconv>
#include <memory>

#include "exporter/web/escape.h"

namespace batchslo {
namespace {

// A head in memory to read from, and one to write to.
class HeadStream : public httplib::Stream {
 public:
  HeadStream(std::string_view head, std::string& written) : head_(head), written_(written) {}
  using Stream::write;
  bool is_readable() const override { return !head_.empty(); }
  bool is_writable() const override { return true; }
  ssize_t read(char* to, std::size_t size) override {
    const std::size_t count = head_.copy(to, size);
    head_.remove_prefix(count);
    return static_cast<ssize_t>(count);
  }
  ssize_t write(const char* bytes, std::size_t size) override {
    written_.append(bytes, size);
    return static_cast<ssize_t>(size);
  }
  void get_remote_ip_and_port(std::string&, int&) const override {}
  void get_local_ip_and_port(std::string&, int&) const override {}
  socket_t socket() const override { return 0; }

 private:
  std::string_view head_;
  std::string& written_;
};

WebRequest FromLibrary(const httplib::Request& request, Question& question) {
  WebRequest out;
  out.method = request.method;
  out.target = request.target;
  out.path = DecodeUrl(request.target.substr(0, request.target.find('?'))).value_or("");
  out.query.assign(request.params.begin(), request.params.end());
  out.headers = std::move(question.head.headers);
  out.body = std::move(question.body);
  return out;
}

// Each piece as a chunk, and the chunk that ends them.
Pieces InChunks(Pieces pieces) {
  struct State {
    Pieces pieces;
    std::string chunk;
  };
  return [state = std::make_shared<State>(State{std::move(pieces), {}})]() -> std::string_view {
    if (!state->pieces) return {};
    const std::string_view piece = state->pieces();
    char size[2 * sizeof(std::size_t)];
    state->chunk.assign(size, std::to_chars(size, std::end(size), piece.size(), 16).ptr).append("\r\n").append(piece).append("\r\n");
    if (piece.empty()) state->pieces = nullptr;
    return state->chunk;
  };
}

// The library writes the head of a reply in pieces, and gives up where the first would come.
Pieces ToLibrary(WebReply reply, const httplib::Request& request, httplib::Response& out) {
  out.status = reply.status;
  for (const auto& [name, value] : reply.headers) out.set_header(name, value);
  out.set_header("Accept-Ranges", "none");  // else the library promises them, and to HEAD alone
  const auto nothing = [](std::size_t, httplib::DataSink&) { return false; };
  if (!reply.pieces) return out.set_content(std::move(reply.body), reply.type), nullptr;
  const bool is_old = request.version == "HTTP/1.0";
  is_old ? out.set_content_provider(reply.type, nothing) : out.set_chunked_content_provider(reply.type, nothing);
  if (request.method == "HEAD") return nullptr;
  return is_old ? std::move(reply.pieces) : InChunks(std::move(reply.pieces));
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

Reply Exchange(Question question, const Answer& answer) {
  Reply reply;
  Library library;
  library.set_keep_alive_max_count(1000);
  library.set_keep_alive_timeout(60);
  library.set_pre_routing_handler([&](const httplib::Request& request, httplib::Response& out) {
    reply.pieces = ToLibrary(answer(FromLibrary(request, question)), request, out);
    return httplib::Server::HandlerResponse::Handled;
  });
  // What an exception says is for nobody outside.
  library.set_exception_handler([](const httplib::Request&, httplib::Response& out, std::exception_ptr) {
    out.status = 500;
    out.set_content("This request could not be answered.\n", "text/plain; charset=utf-8");
  });
  HeadStream stream(question.head.forwarded, reply.bytes);
  bool closes = question.then == Then::kClose || question.head.version == "HTTP/1.0";
  const bool well = Library::Process(library, stream, closes, closes, [](httplib::Request&) {});
  reply.then = (well || reply.pieces) && !closes ? Then::kKeep : Then::kClose;
  return reply;
}

std::string Written(const Refusal& refusal) {
  const std::string body = std::string(refusal.message) + "\n";
  return "HTTP/1.1 " + std::to_string(refusal.status) + " Refused\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n" + body;
}

}  // namespace batchslo
