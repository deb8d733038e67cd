#include <filesystem>
#include <fstream>
#include <iostream>

#include "tests/config/cases.h"

// Writes the cases that are made from the tables of keys into the folder that is named, one file each, and prints their
// names in the order of the files: 0000.yml, 0001.yml ...
int main(int argc, char** argv) {
  if (argc != 2) return std::cerr << "usage: config_cases FOLDER\n", 2;
  int number = 0;
  for (const batchslo::Case& made : batchslo::MakeCases()) {
    const std::string digits = std::to_string(number++);
    std::ofstream file(std::filesystem::path(argv[1]) / (std::string(4 - digits.size(), '0') + digits + ".yml"));
    file << made.text << "\n";
    if (!file) return std::cerr << "config_cases: " << argv[1] << " can't be written\n", 2;
    std::cout << made.name << "\n";
  }
  return 0;
}
