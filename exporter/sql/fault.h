#pragma once

#include <string>
#include <string_view>

#include "exporter/sql/database.h"

namespace batchslo {

// What a database's own code means.
SqlFault FaultOfSqlstate(std::string_view state);
SqlFault FaultOfSqlite(int code);
SqlFault FaultOfMysql(unsigned code);

// Of SOCI's text the server's own words: without the statement and the values that follow them.
std::string PrimaryMessage(std::string_view what);
// Of libpq's text of a connection that could not be made: what was wrong at the address that was tried last.
std::string ConnectionMessage(std::string_view what);
// Of MySQL's text what can't hold a piece of the statement or a value: names stay where the code says that it is about them.
std::string MysqlMessage(unsigned code, std::string_view text);
std::string FirstLine(std::string_view text);
// A server may say again what it was told. Before any cut: half a password is one, too.
std::string WithoutPassword(std::string_view text, std::string_view password);

}  // namespace batchslo
