#pragma once

#include <string>
#include <string_view>

#include "exporter/wrapper/limits.h"

namespace batchslo {

// A job's name as the end of a URL's path: each segment percent-encoded, slashes kept.
std::string PercentEncode(std::string_view job);

// With the quotes. `text` must be valid UTF-8.
std::string JsonQuote(std::string_view text);

// Each byte that belongs to no valid sequence becomes U+FFFD.
std::string ToUtf8(std::string_view bytes);

// The end of `bytes` as UTF-8 of at most kMessageBytes. What had to be cut begins with a whole line; where there is none,
// with a whole word some way on: what is left of a cut one, and the next, may be a secret that is not known without it.
std::string MessageOf(std::string_view bytes);

// "2026-03-01T00:00:00.000000Z"
std::string FormatTime(Micros time);

// A random UUID (version 4).
std::string NewRunId();

}  // namespace batchslo
