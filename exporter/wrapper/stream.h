#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "exporter/wrapper/fd.h"
#include "exporter/wrapper/http.h"

namespace batchslo {

// A connection. All calls end at the deadline; what went wrong is in `fault`.
class Stream {
 public:
  virtual ~Stream() = default;
  virtual bool WriteAll(std::string_view bytes, SteadyTime deadline, std::string& fault) = 0;
  // Appends what comes next. False: the end (with an empty fault), or a fault.
  virtual bool ReadSome(std::string& bytes, SteadyTime deadline, std::string& fault) = 0;
};

// A non-blocking socket connected to one of the addresses of the host. The resolver may hang past the deadline.
Fd Connect(const Url& url, SteadyTime deadline, std::string& fault);

// None, with a fault, when the peer is not proven to be `url.host` by `ca_file` (or the system's CAs).
std::unique_ptr<Stream> MakeTls(Fd socket, const Url& url, const std::string& ca_file, SteadyTime deadline,
                                std::string& fault);

std::unique_ptr<Stream> MakePlain(Fd socket);

}  // namespace batchslo
