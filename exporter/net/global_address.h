#pragma once

#include <sys/socket.h>

#include <string>

namespace batchslo {

// Whether an address is one of the open internet: not of this machine, of a private or a shared network, of a link, of a
// group, or kept for documents and tests; of an IPv6 address that carries an IPv4 one, neither is that.
bool IsGlobalAddress(const sockaddr& address);

std::string AddressText(const sockaddr& address);  // "10.0.0.1"

}  // namespace batchslo
