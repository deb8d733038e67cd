// Fuzzes exporter/core/failure.cc: whatever a job writes, what is told of it is short, valid, and of one line where it
// must be; a secret in it goes, wherever it would be told.
#include "exporter/core/failure.h"

#include "exporter/core/log_text.h"
#include "exporter/core/utf8.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace batchslo;
  static const Redactor kRedactor;
  const std::string_view log = fuzz::TextOf(data, size);
  const FailureReading reading = ReadFailure("exit code 1", log, kRedactor);
  for (const std::string* text : {&reading.error, &reading.frame, &reading.excerpt}) {
    EachCharacter(*text, [&](std::string_view, bool valid) { return CHECK(valid), true; });
    CHECK(!fuzz::HasControl(*text, text == &reading.excerpt ? "\n\t" : ""));
  }
  CHECK(reading.error.size() <= 200 && reading.fingerprint.size() == 16 && reading.excerpt.size() <= kMostExcerpt + 1024);
  if (CleanLog(log).find("Planted0") != std::string::npos) return 0;  // the fuzzer has read it below
  std::string planted(log.substr(0, 4096));
  planted += "\npassword=Planted0Planted0\n";
  planted += log.substr(std::min<std::size_t>(log.size(), 4096));
  const FailureReading hidden = ReadFailure("", planted, kRedactor);
  for (const std::string* text : {&hidden.error, &hidden.frame, &hidden.excerpt}) CHECK(text->find("Planted0") == std::string::npos);
  return 0;
}
