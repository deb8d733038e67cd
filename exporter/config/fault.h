#pragma once

#include <string>
#include <vector>

namespace batchslo {

// Something wrong (or, as a lint, doubtful) in a file that people write.
struct Fault {
  int line = 0, column = 0;  // from 1; 0: the file as a whole
  std::string message;       // `unknown key "colour"`
  std::string help;          // `did you mean "color"?`, what is allowed; may be empty
  bool secret = false;       // its line may hold a secret: it is not shown
  auto operator<=>(const Fault&) const = default;
};

// Of a file that people name; `why` is what the system says.
inline Fault CantBeRead(const std::string& why) { return {0, 0, "the file can't be read: " + why, "does it exist, and may this user read it?"}; }

// Who has more will not read them all: what follows them is not looked at.
constexpr std::size_t kMostFaults = 1000;

enum class FaultKind { kError, kWarning };

// For people, all of them by line (at most 100):
//   config.yml:7:5: error: unknown key "colour"
//       7 |     colour: red
//         |     ^
//         = help: did you mean "color"?
// A line that may hold a secret is left out, whatever its fault is.
std::string RenderFaults(const std::vector<Fault>& faults, FaultKind kind, const std::string& file,
                         const std::string& text);

}  // namespace batchslo
