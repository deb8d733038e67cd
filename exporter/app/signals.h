#pragma once

namespace batchslo {

// SIGTERM, SIGINT and SIGHUP as a descriptor to poll. Made before any thread starts, so that none takes them.
class Signals {
 public:
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  struct Asked { bool end = false, reload = false; };
  Asked Take() const;  // since the last call; at once
  int Fd() const { return fd_; }

 private:
  int fd_;
};

}  // namespace batchslo
