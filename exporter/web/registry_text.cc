// Tested by tests/web/html_test.cc.
#include "exporter/web/registry_text.h"

namespace batchslo {

std::string NoteText(const RegistryReading::Note& note) {
  std::string place = "row " + std::to_string(note.row);
  if (!note.column.empty()) place += ", " + note.column;
  if (!note.job.empty()) place += " of " + note.job;
  return place + ": " + note.text;
}

}  // namespace batchslo
