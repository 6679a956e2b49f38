#ifndef HINOMI_CLI_TABLE_H_
#define HINOMI_CLI_TABLE_H_

#include <string>
#include <vector>

#include "base/json.h"

namespace hinomi::cli {

/// Columns aligned for a terminal, Japanese two columns wide. Control
/// characters of foreign text are shown, not obeyed.
class Table {
 public:
  explicit Table(std::vector<std::string> header) : header_(std::move(header)) {}
  void Add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  bool empty() const { return rows_.empty(); }
  std::string ToString() const;

 private:
  std::vector<std::string> header_;
  std::vector<std::vector<std::string>> rows_;
};

/// A value as a cell says it; "-" for null.
std::string Cell(const Json& value);

}  // namespace hinomi::cli

#endif  // HINOMI_CLI_TABLE_H_
