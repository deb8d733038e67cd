#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace batchslo {

// Text from outside, made safe for the place where it goes. Names are hostile: any bytes may come. Pure.

// A label's value as it stands between quotes: what is not UTF-8, and NUL, becomes U+FFFD; at most 200 bytes of the value
// are kept, cut at a character; then backslash, quote and newline are escaped.
std::string EscapeLabel(std::string_view value);
// The same into a buffer, for the hot path; gives the new end. At most kMostLabel bytes are written.
char* PutLabel(char* to, std::string_view value);
inline constexpr std::size_t kMostLabelBytes = 200, kMostLabel = 2 * kMostLabelBytes;
// Whether EscapeLabel lost something: two values may then have become one.
bool IsLossyLabel(std::string_view value);

std::string EscapeHelp(std::string_view help);

// For text and for quoted attributes. Control characters and those that turn the direction of writing become U+FFFD;
// newline and tab stay.
std::string EscapeHtml(std::string_view text);

// For a terminal: nothing of it moves the cursor or changes a colour.
std::string EscapeTerminal(std::string_view text);

// Between the quotes of a log's text, logfmt or JSON: it stays one line, which a terminal shows as it is.
std::string EscapeLog(std::string_view text);

// A job's name as the rest of a path. Slashes stay, unless a browser would take a part of the name for a step up.
std::string UrlPath(std::string_view name);
// One value of a query.
std::string UrlQuery(std::string_view value);
// Nothing for a '%' without two hexadecimal digits.
std::optional<std::string> DecodeUrl(std::string_view text);

}  // namespace batchslo
