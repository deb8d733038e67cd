#pragma once

#include <string>

#include "exporter/core/snapshot.h"

namespace batchslo {

// A note with its place, raw: "row 7, by of recommend/train: ...".
std::string NoteText(const RegistryReading::Note& note);

}  // namespace batchslo
