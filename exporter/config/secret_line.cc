#include "exporter/config/secret_line.h"

#include <algorithm>

#include "exporter/core/nearest.h"

namespace batchslo {
namespace {

constexpr std::string_view kWords[] = {"password", "passwd",  "passphrase",  "secret",     "token",  "credential", "pwd",
                                       "apikey",   "api_key", "private_key", "access_key", "bearer", "authorization", "signature"};
constexpr std::string_view kInQueries[] = {"key", "sig", "code", "auth"};  // ends of names
constexpr std::string_view kBlanks = " \t";

bool IsWordCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return lower;
}

bool HoldsWord(std::string_view lower) {
  return std::any_of(std::begin(kWords), std::end(kWords),
                     [&](std::string_view w) { return lower.find(w) != std::string::npos; });
}

bool NamesSecret(std::string_view word) {
  const std::string lower = Lower(word);
  return HoldsWord(lower) || lower == "pw" || lower == "pass" || lower.ends_with("_pass") || !Nearest(lower, kWords).empty();
}

// The word right before `end`, over a closing quote and blanks.
std::string_view WordBefore(std::string_view line, std::size_t end) {
  while (end > 0 && (line[end - 1] == ' ' || line[end - 1] == '"' || line[end - 1] == '\'')) --end;
  std::size_t begin = end;
  while (begin > 0 && IsWordCharacter(line[begin - 1])) --begin;
  return line.substr(begin, end - begin);
}

std::string_view TrimmedLeft(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(kBlanks), text.size()));
}

// "{file: ...}" or "{env: ...}" and nothing else in the braces.
bool IsReference(std::string_view value) {
  if (!value.starts_with('{')) return false;
  const std::string_view inside = TrimmedLeft(value.substr(1, value.find('}') - 1));
  return (inside.starts_with("file:") || inside.starts_with("env:")) &&
         inside.find_first_of(",{") == std::string_view::npos;
}

// "u:abc" where hosts and their ports stand: somebody left out what comes after his password.
bool HasOddPort(std::string_view url) {
  url = url.substr(0, url.find_first_of("/?#"));
  while (!url.empty()) {
    const std::string_view host = url.substr(0, url.find(','));
    const std::size_t colon = host.find(':', host.starts_with('[') ? host.find(']') : 1);
    if (colon < host.size() && host.find_first_not_of("0123456789", colon + 1) != std::string_view::npos) return true;
    url.remove_prefix(std::min(host.size() + 1, url.size()));
  }
  return false;
}

// "u:abc@h", whatever stands before it.
bool HasPassword(std::string_view url) {
  const std::string user = Lower(url.substr(0, std::min(url.rfind('@'), url.size())));
  return user.size() < url.size() && (user.find(':') != std::string::npos || user.find("%3a") != std::string::npos);
}

bool HasPasswordInAddress(std::string_view line) {
  constexpr std::string_view kEnds = " \t\"'";
  for (std::size_t at = line.find_first_not_of(kEnds); at < line.size(); at = line.find_first_not_of(kEnds, at)) {
    const std::string_view word = line.substr(at, line.find_first_of(kEnds, at) - at);
    if (word.find("://") == std::string_view::npos && HasPassword(word)) return true;
    at += word.size();
  }
  for (std::size_t at = line.find("://"); at != std::string_view::npos; at = line.find("://", at + 3)) {
    const std::string_view rest = line.substr(at + 3);
    const std::string_view url = rest.substr(0, rest.find_first_of(kEnds));
    if (HasPassword(url) || HasOddPort(url)) return true;
  }
  return false;
}

// "?sig=abc", "&subscription-key=abc": whoever has such an address may read what is there.
bool IsInQuery(std::string_view line, std::string_view word) {
  const auto begin = static_cast<std::size_t>(word.data() - line.data());
  const std::string lower = Lower(word);
  return begin > 0 && (line[begin - 1] == '?' || line[begin - 1] == '&') &&
         std::any_of(std::begin(kInQueries), std::end(kInQueries), [&](std::string_view end) { return lower.ends_with(end); });
}

// "password: abc" and "?password=abc", but not "password:" alone.
bool HasSecretValue(std::string_view line) {
  for (std::size_t at = line.find_first_of(":="); at != std::string_view::npos; at = line.find_first_of(":=", at + 1)) {
    const std::string_view value = TrimmedLeft(line.substr(at + 1));
    const std::string_view word = WordBefore(line, at);
    if (!value.empty() && !IsReference(value) && (NamesSecret(word) || IsInQuery(line, word))) return true;
  }
  return false;
}

// "# the old token was abc", "password: {env: P}  # abc".
bool HasSecretComment(std::string_view line) {
  const std::size_t at = line.find('#');
  const std::size_t from = line.substr(0, at).ends_with(' ') ? 0 : at;
  return at != std::string_view::npos && HoldsWord(Lower(line.substr(from)));
}

// "x: &name abc": an alias elsewhere may make it a password. Of a map or a list each line speaks for itself.
bool HasAnchor(std::string_view line) {
  for (std::size_t at = line.find(" &"); at != std::string_view::npos; at = line.find(" &", at + 1)) {
    const std::string_view rest = line.substr(at + 2);
    const std::string_view value = TrimmedLeft(rest.substr(std::min(rest.find_first_of(kBlanks), rest.size())));
    const bool begins = at > 0 && (line[at - 1] == ':' || line[at - 1] == '-');
    if (begins && !value.empty() && std::string_view("{[#").find(value[0]) == std::string_view::npos) return true;
  }
  return false;
}

bool EndsWithSecretKey(std::string_view line) {
  const std::size_t colon = line.rfind(':');
  return colon != std::string_view::npos && NamesSecret(WordBefore(line, colon));
}

}  // namespace

SecretLines::SecretLines(const Lines& lines) : lines_(lines) {
  std::vector<std::pair<std::size_t, int>> open;  // indents and lines, each further in than the one before
  for (int number = 1; number <= lines.Count(); ++number) {
    const std::size_t indent = lines.Line(number).find_first_not_of(kBlanks);
    while (!open.empty() && open.back().first >= indent) open.pop_back();
    parents_.push_back(open.empty() ? 0 : open.back().second);
    if (indent != std::string_view::npos) open.emplace_back(indent, number);
  }
}

bool SecretLines::MayHold(int number) const {
  const std::string_view line = lines_.Line(number);
  if (HasPasswordInAddress(line) || HasSecretValue(line) || HasSecretComment(line) || HasAnchor(line)) return true;
  return number >= 1 && number <= lines_.Count() && EndsWithSecretKey(lines_.Line(parents_[static_cast<std::size_t>(number) - 1]));
}

std::string WithoutSecrets(std::string_view text) {
  const Lines lines(text);
  const SecretLines secrets(lines);
  const auto count = std::count(text.begin(), text.end(), '\n') + (text.empty() || text.back() == '\n' ? 0 : 1);
  std::string shown;
  for (int number = 1; number <= count; ++number) shown.append(secrets.MayHold(number) ? "<secret>" : lines.Line(number)).append("\n");
  return shown;
}

}  // namespace batchslo
