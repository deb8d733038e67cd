// Tested by tests/web/tls_test.cc.
#include "exporter/web/channel.h"

#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <climits>

namespace batchslo {
namespace {

Moved OfSocket(ssize_t count, short wait) {
  if (count > 0) return {static_cast<std::size_t>(count), 0};
  return {0, count < 0 && errno == EAGAIN ? wait : short{0}};
}

int Cut(std::size_t size) { return static_cast<int>(std::min<std::size_t>(size, INT_MAX)); }

}  // namespace

Channel::Channel(int fd, std::shared_ptr<const Tls> tls) : fd_(fd), tls_(std::move(tls)) {
  if (!tls_) return;
  ssl_.reset(SSL_new(tls_->Context()));
  is_broken_ = !ssl_ || SSL_set_fd(ssl_.get(), fd_) != 1;
}

// The library's queue of errors belongs to the thread: an old one would be taken for that of this call.
Moved Channel::Outcome(int result) {
  if (result > 0) return {static_cast<std::size_t>(result), 0};
  const int fault = SSL_get_error(ssl_.get(), result);
  ERR_clear_error();
  if (fault == SSL_ERROR_WANT_READ) return {0, POLLIN};
  if (fault == SSL_ERROR_WANT_WRITE) return {0, POLLOUT};
  is_broken_ = fault != SSL_ERROR_ZERO_RETURN;
  return {};
}

Moved Channel::Greet() { return is_broken_ ? Moved{} : Outcome(SSL_accept(ssl_.get())); }

Moved Channel::Receive(char* to, std::size_t size) {
  if (tls_ && ssl_) return is_broken_ ? Moved{} : Outcome(SSL_read(ssl_.get(), to, Cut(size)));
  ssize_t count = 0;
  while ((count = recv(fd_, to, size, 0)) < 0 && errno == EINTR) {
  }
  return OfSocket(count, POLLIN);
}

Moved Channel::Send(const char* bytes, std::size_t size) {
  if (tls_ && ssl_) return is_broken_ ? Moved{} : Outcome(SSL_write(ssl_.get(), bytes, Cut(size)));
  ssize_t count = 0;
  while ((count = send(fd_, bytes, size, MSG_NOSIGNAL)) < 0 && errno == EINTR) {
  }
  return OfSocket(count, POLLOUT);
}

void Channel::End() {
  if (ssl_ && !is_broken_ && SSL_is_init_finished(ssl_.get())) SSL_shutdown(ssl_.get());
  ERR_clear_error();
}

}  // namespace batchslo
