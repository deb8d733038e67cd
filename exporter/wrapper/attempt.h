#pragma once

#include <sys/types.h>

#include <string_view>

#include "exporter/wrapper/fd.h"
#include "exporter/wrapper/http.h"

namespace batchslo {

// One exchange with the exporter, in a process of its own: whatever hangs in it, a resolver too, ends with it.
class Attempt {
 public:
  Attempt(const Target& target, std::string_view job, std::string_view body, SteadyTime deadline);
  ~Attempt();  // cuts it off
  Attempt(Attempt&&) = delete;

  // Becomes readable when it is over.
  int Ready() const { return result_.Get(); }
  Outcome Result();

 private:
  Fd result_;
  pid_t pid_ = -1;
};

}  // namespace batchslo
