// Fuzzes how exporter/web/users.cc reads a header; the hash has the least cost.
#include <cstdint>
#include <cstdlib>

#include "exporter/web/users.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace batchslo;
  static Users users(Pairs{{"u", "$2b$04$BB6Vmu4US10/t15nt/FoneUcb/NQoOucNqpeQWlzUMHvXtk0IDQxO"}});
  const std::string_view header(reinterpret_cast<const char*>(data), size);
  const bool may_be_good = header.find("dTpzZWNyZX") != std::string_view::npos;  // "u:secre"
  if (users.Check(header) == Login::kGood && !may_be_good) std::abort();
  return 0;
}
