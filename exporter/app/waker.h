#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

namespace batchslo {

// Wakes a loop that polls Fd(), from any thread.
class Waker {
 public:
  Waker() : fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}
  ~Waker() { close(fd_); }
  Waker(const Waker&) = delete;
  Waker& operator=(const Waker&) = delete;

  void Wake() const {
    const std::uint64_t one = 1;
    static_cast<void>(!write(fd_, &one, sizeof one));
  }
  void Clear() const {
    std::uint64_t count = 0;
    static_cast<void>(!read(fd_, &count, sizeof count));
  }
  int Fd() const { return fd_; }

 private:
  int fd_;
};

}  // namespace batchslo
