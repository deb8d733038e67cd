#include "exporter/config/docs.h"

#include <CLI/CLI.hpp>
#include <iostream>

#include "exporter/cli/command.h"
#include "exporter/sources/registry.h"

namespace batchslo {
namespace {

struct Page {
  const char *name, *help;
  std::string (*render)(std::span<const SourceSpec> kinds);
};
constexpr Page kPages[] = {
    {"schema", "Print the JSON Schema of the configuration, for editors: config/schema.json", RenderSchema},
    {"reference", "Print all keys of the configuration as Markdown: a part of config/README.md", RenderReference}};

}  // namespace

void AddDocs(CLI::App& root, Action& action) {
  auto* docs = root.add_subcommand("docs", "Print what may stand in a configuration");
  docs->require_subcommand(1);
  for (const Page& page : kPages) {
    docs->add_subcommand(page.name, page.help)->callback([&page, &action] {
      action = [&page](std::ostream& out, std::ostream&) {
        out << page.render(SourceSpecs());
        return 0;
      };
    });
  }
}

}  // namespace batchslo
