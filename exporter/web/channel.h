#pragma once

#include <openssl/ssl.h>

#include <cstddef>
#include <memory>

#include "exporter/web/tls.h"

namespace batchslo {

// What one try came to: bytes moved or, with none, what to await first (POLLIN, POLLOUT). Neither: the peer is gone.
struct Moved {
  std::size_t bytes = 0;
  short wait = 0;
};

// One peer's bytes, plain or in TLS, over a socket that does not block: it never waits, so the time is the caller's to
// limit. One thread. In TLS the process must ignore SIGPIPE.
class Channel {
 public:
  // `tls` null: plain. The descriptor stays the caller's.
  Channel(int fd, std::shared_ptr<const Tls> tls);

  // One step of the handshake; all of it is done when `bytes` is not 0.
  Moved Greet();
  Moved Receive(char* to, std::size_t size);
  Moved Send(const char* bytes, std::size_t size);
  // Tells the peer that no more comes, as far as that goes without waiting.
  void End();

  // Null: plain.
  const Tls* Of() const { return tls_.get(); }
  // The peer speaks no TLS, and shall hear so.
  void TurnPlain() { ssl_.reset(); }

 private:
  Moved Outcome(int result);

  const int fd_;
  const std::shared_ptr<const Tls> tls_;
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_{nullptr, SSL_free};
  bool is_broken_ = false;  // TLS says nothing any more after a fault
};

}  // namespace batchslo
