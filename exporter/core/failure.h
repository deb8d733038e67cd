// Tested by tests/core/failure_test.cc.
#pragma once

#include <string>
#include <string_view>

#include "exporter/core/redact.h"

namespace batchslo {

// What the text of a failed run (its log, as it came) says.
struct FailureReading {
  std::string kind = "text";  // "python", "java", "go", "node", "c++", "shell"
  // The exception, of causes the root, else the last line; numbers, ids and quoted text are "*", so that equal failures
  // read the same; at most 200 bytes of valid text, without secrets.
  std::string error;
  std::string frame;        // "load at /app/train.py:12": the innermost one that is no library's; empty: none is told
  // The traceback and the end of the text, without secrets: at most 8 KiB, of a longer one its first line, its
  // exception and its last lines. Read again it says the same.
  std::string excerpt;
  std::string fingerprint;  // 16 hexadecimal digits that group equal failures: kind, error, the frame's file and function; of plain text the reason too
};

// `reason` as a scheduler names it ("OOMKilled"); it stands for a text that is empty. Pure; linear in the text.
FailureReading ReadFailure(std::string_view reason, std::string_view text, const Redactor& redactor);

inline constexpr std::size_t kMostExcerpt = 8u << 10;

}  // namespace batchslo
