#pragma once

#include <span>
#include <string>

#include "exporter/core/source.h"

namespace batchslo {

// What may stand in a configuration, out of the tables that the parser reads by.

// JSON Schema (draft-07), for editors: config/schema.json.
std::string RenderSchema(std::span<const SourceSpec> kinds);

// Markdown, a table a block: the reference in config/README.md.
std::string RenderReference(std::span<const SourceSpec> kinds);

}  // namespace batchslo
