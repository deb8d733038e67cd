#pragma once

#include <string_view>

namespace batchslo {

// What a client takes, by its headers' quality values. Pure; never fails: what can't be read counts as not said.

enum class Format { kText, kOpenMetrics };  // text 0.0.4, OpenMetrics 1.0.0

// OpenMetrics where it is named and wanted at least as much as text; everything else gets text.
Format Negotiate(std::string_view accept);
std::string_view ContentType(Format format);

// Accept-Encoding: gzip, or "*", with a quality above 0.
bool AcceptsGzip(std::string_view accept_encoding);

}  // namespace batchslo
