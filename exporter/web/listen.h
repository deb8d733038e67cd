#pragma once

#include <cstdint>
#include <string>

#include "exporter/core/result.h"

namespace batchslo {

// A socket that waits for connections; closed when it goes.
class Listener {
 public:
  // "HOST:PORT", "[::1]:PORT", ":PORT" (all addresses, IPv6 too where the machine has it); port 0: any free one.
  static Result<Listener> Open(const std::string& address);
  Listener(Listener&& other) noexcept;
  Listener& operator=(Listener&&) = delete;
  ~Listener();

  int Fd() const { return fd_; }
  std::uint16_t Port() const { return port_; }

 private:
  Listener(int fd, std::uint16_t port) : fd_(fd), port_(port) {}
  int fd_;
  std::uint16_t port_;
};

}  // namespace batchslo
