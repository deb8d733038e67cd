// Tested by tests/sources/bigquery_families_test.cc.
#include "exporter/sources/bigquery_families.h"

#include <algorithm>
#include <chrono>
#include <map>

namespace batchslo {
namespace {

constexpr std::size_t kDigits = 8;

// "events_20260301" is "events_%Y%m%d"; "events_12345678" is itself.
std::string FamilyOf(const std::string& name) {
  if (name.size() <= kDigits) return name;
  const std::string date = name.substr(name.size() - kDigits);
  const bool is_longer = std::isdigit(static_cast<unsigned char>(name[name.size() - kDigits - 1]));
  const bool is_number = std::all_of(date.begin(), date.end(), [](unsigned char c) { return std::isdigit(c); });
  if (is_longer || !is_number) return name;
  const std::chrono::year_month_day day{std::chrono::year{std::stoi(date.substr(0, 4))}, std::chrono::month{static_cast<unsigned>(std::stoi(date.substr(4, 2)))},
                                        std::chrono::day{static_cast<unsigned>(std::stoi(date.substr(6, 2)))}};
  const bool is_date = day.ok() && day.year() >= std::chrono::year{1970} && day.year() < std::chrono::year{2200};
  return is_date ? name.substr(0, name.size() - kDigits) + "%Y%m%d" : name;
}

}  // namespace

std::vector<TableFamily> TableFamiliesOf(const std::vector<ListedTable>& tables) {
  std::map<std::string, TableFamily> families;
  for (const ListedTable& table : tables) {
    const std::string name = FamilyOf(table.name);
    const auto [at, fresh] = families.try_emplace(name, TableFamily{table, 0, ""});
    TableFamily& family = at->second;
    ++family.tables;
    family.table.name = name;
    if (name != table.name) family.newest = std::max(family.newest, table.name);
  }
  std::vector<TableFamily> list;
  for (auto& [name, family] : families) list.push_back(std::move(family));
  return list;
}

std::string PartitionFields(const std::string& type) {
  static constexpr std::pair<std::string_view, std::string_view> kFields[] = {
      {"DAY", "%Y%m%d"}, {"HOUR", "%Y%m%d%H"}, {"MONTH", "%Y%m"}, {"YEAR", "%Y"}};
  for (const auto& [name, fields] : kFields) {
    if (name == type) return std::string(fields);
  }
  return "";
}

}  // namespace batchslo
