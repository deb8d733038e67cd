// Tested by tests/wrapper/outcomes_test.py.
#include "exporter/wrapper/target.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "exporter/wrapper/fd.h"

namespace batchslo {
namespace {

constexpr std::size_t kMostToken = 4096;

bool ReadToken(const std::string& path, std::string& token, std::string& fault) {
  const Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  token.resize(kMostToken);
  const ssize_t n = file ? read(file.Get(), token.data(), token.size()) : -1;
  if (n < 0) {
    fault = "can't read the token from " + path + ": " + std::strerror(errno);
    return false;
  }
  token.resize(static_cast<std::size_t>(n));
  return true;
}

}  // namespace

bool ReadTarget(const Arguments& arguments, Target& target, std::string& fault) {
  const auto url = ParseUrl(arguments.url);
  if (!url) {
    fault = "BATCHSLO_URL must be like http://host:port or https://host/path, without a user or a query";
    return false;
  }
  std::string token = arguments.token;
  if (!arguments.token_file.empty() && !ReadToken(arguments.token_file, token, fault)) return false;
  token.erase(token.find_last_not_of(" \t\r\n") + 1);
  if (token.empty()) {
    fault = "there is no token; set BATCHSLO_TOKEN or BATCHSLO_TOKEN_FILE, or give --token-file";
    return false;
  }
  if (!std::all_of(token.begin(), token.end(), [](char c) { return c > ' ' && c <= '~'; })) {
    fault = "the token has a blank or a byte in it that no header can carry; check BATCHSLO_TOKEN or the token's file";
    return false;
  }
  target = {*url, token, arguments.ca_file};
  return true;
}

}  // namespace batchslo
