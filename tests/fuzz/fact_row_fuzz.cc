// Fuzzes exporter/store/codec.cc with damaged rows. An input: a byte for the kind, lines for source, job, key, then the
// fields.
#include "exporter/store/codec.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace batchslo;
  if (size == 0) return 0;
  std::string_view text = fuzz::TextOf(data + 1, size - 1);
  StoredFact row;
  row.kind = static_cast<FactKind>(data[0] % 8);
  row.source = fuzz::Cut(text);
  row.job = fuzz::Cut(text);
  row.key = fuzz::Cut(text);
  row.fields = text;
  const auto fact = Decode(row);
  if (!fact) return 0;
  const StoredFact again = Encode(*fact);
  CHECK(again.kind == row.kind && Decode(again) == fact);
  return 0;
}
