#pragma once

#include <string>
#include <string_view>

namespace batchslo {

// The last line of a failure's text that says something, fit for a label: secrets in URLs and after "token=" and the
// like become "<redacted>"; numbers, ids and quoted text become "*", so that equal failures read the same; at most 200
// bytes of valid text.
std::string ErrorLine(std::string_view excerpt);

// Groups equal failures: 16 hexadecimal digits over the reason and the error line.
std::string Fingerprint(std::string_view reason, std::string_view error_line);

}  // namespace batchslo
