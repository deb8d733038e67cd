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
  // A socket that listens already, as a service manager hands it over; ours from here on. Error: it is none.
  static Result<Listener> Adopt(int fd);
  Listener(Listener&& other) noexcept;
  Listener& operator=(Listener&&) = delete;
  ~Listener();

  int Fd() const { return fd_; }
  std::uint16_t Port() const;  // 0: it has none
  // "127.0.0.1:10510", with the host as it was asked for and the port as it is; of an adopted one as the system says.
  const std::string& Address() const { return address_; }

 private:
  Listener(int fd, const std::string& host);
  int fd_;
  std::string address_;
};

}  // namespace batchslo
