#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace batchslo {

// What a document of MakeCases does with its key.
enum class CaseKind { kGood, kWrongType, kWrongValue, kMisspelt, kMissing };
std::string_view CaseKindName(CaseKind kind);  // "wrong-type"

// One configuration, of one line, made around one key of one block.
struct Case {
  CaseKind kind;
  std::string block, key;  // "job", "within"
  std::string name;        // its own: "job within wrong-type 2"
  std::string text;
  int from = 0, to = 0;  // the columns between which its fault is; 0 for a good one
};

// For each key of each table that the parser reads by: its examples and, where it can have them, its wrong types, wrong
// values, a misspelling, its absence.
std::vector<Case> MakeCases();

}  // namespace batchslo
