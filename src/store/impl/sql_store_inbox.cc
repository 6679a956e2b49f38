#include <algorithm>

#include "store/impl/sql_store.h"

namespace hinomi::store {
namespace {

Command CommandOf(const SqlRow& row) {
  Command command;
  command.id = row.Uint(0);
  command.command.key = row.Text(1);
  command.command.who = row.Text(2);
  command.command.body = row.Text(3);
  command.at = row.Time(4);
  command.answered = row.Int(5) != 0;
  command.answer = row.Text(6);
  return command;
}

}  // namespace

Result<Command> SqlStore::PutCommand(const NewCommand& command, Instant now) {
  if (command.key.empty()) return InvalidArgument("a command has no idempotency key");
  HN_TRY_VOID(CheckText("a command's key", command.key));
  HN_TRY_VOID(CheckText("a command's author", command.who));
  return InTransaction(1, "putting down a command", [&]() -> Result<Command> {
    HN_TRY_VOID(session_->Run(
        "INSERT INTO command (who, key, body, at, answered, answer) VALUES ($1, $2, $3, $4, 0, $5) "
        "ON CONFLICT (who, key) DO NOTHING",
        {command.who, command.key, SqlParam::Blob(command.body), now, SqlParam::Blob("")}));
    Command put;
    HN_TRY_VOID(session_->Run(
        "SELECT id, key, who, body, at, answered, answer FROM command WHERE who = $1 AND key = $2",
        {command.who, command.key}, [&](const SqlRow& row) { put = CommandOf(row); }));
    return put;
  });
}

Result<std::vector<Command>> SqlStore::PendingCommands(size_t limit) {
  return Reading("reading the inbox", [&]() -> Result<std::vector<Command>> {
    std::vector<Command> commands;
    HN_TRY_VOID(session_->Run(
        "SELECT id, key, who, body, at, answered, answer FROM command WHERE answered = 0 "
        "ORDER BY id LIMIT $1",
        {static_cast<int64_t>(std::min(limit, size_t{1} << 40))},
        [&](const SqlRow& row) { commands.push_back(CommandOf(row)); }));
    return commands;
  });
}

Result<std::optional<Command>> SqlStore::FindCommand(uint64_t id) {
  return Reading("reading a command", [&]() -> Result<std::optional<Command>> {
    std::optional<Command> command;
    HN_TRY_VOID(
        session_->Run("SELECT id, key, who, body, at, answered, answer FROM command WHERE id = $1",
                      {id}, [&](const SqlRow& row) { command = CommandOf(row); }));
    return command;
  });
}

Status SqlStore::AnswerCommands(const Turn& turn) {
  for (const CommandAnswer& answer : turn.answers) {
    HN_TRY(const int64_t changed,
           session_->Run("UPDATE command SET answered = 1, answer = $1, body = $2 WHERE id = $3 "
                         "AND answered = 0",
                         {SqlParam::Blob(answer.answer), SqlParam::Blob(""), answer.id}));
    if (changed != 1) {
      return InvalidArgument("a turn answers command " + std::to_string(answer.id) +
                             ", which does not exist or has its answer already");
    }
  }
  return {};
}

Status SqlStore::PutValue(const std::string& table, const KeyValue& row) {
  HN_TRY_VOID(CheckText("a table's name", table));
  HN_TRY_VOID(CheckText("a key", row.key));
  return InTransaction(1, "storing a value", [&]() -> Status {
    HN_TRY_VOID(
        session_->Run("INSERT INTO key_value (space, key, value) VALUES ($1, $2, $3) "
                      "ON CONFLICT (space, key) DO UPDATE SET value = excluded.value",
                      {table, row.key, SqlParam::Blob(row.value)}));
    return {};
  });
}

Status SqlStore::DeleteValue(const std::string& table, const std::string& key) {
  HN_TRY_VOID(CheckText("a table's name", table));
  HN_TRY_VOID(CheckText("a key", key));
  return InTransaction(kAlways, "deleting a value", [&]() -> Status {
    HN_TRY_VOID(session_->Run("DELETE FROM key_value WHERE space = $1 AND key = $2", {table, key}));
    return {};
  });
}

Result<std::optional<std::string>> SqlStore::GetValue(const std::string& table,
                                                      const std::string& key) {
  HN_TRY_VOID(CheckText("a table's name", table));
  HN_TRY_VOID(CheckText("a key", key));
  return Reading("reading a value", [&]() -> Result<std::optional<std::string>> {
    std::optional<std::string> value;
    HN_TRY_VOID(session_->Run("SELECT value FROM key_value WHERE space = $1 AND key = $2",
                              {table, key}, [&](const SqlRow& row) { value = row.Text(0); }));
    return value;
  });
}

Result<std::vector<KeyValue>> SqlStore::ListValues(const std::string& table) {
  HN_TRY_VOID(CheckText("a table's name", table));
  return Reading("listing values", [&]() -> Result<std::vector<KeyValue>> {
    std::vector<KeyValue> values;
    HN_TRY_VOID(session_->Run(
        "SELECT key, value FROM key_value WHERE space = $1 ORDER BY key", {table},
        [&](const SqlRow& row) { values.push_back(KeyValue{row.Text(0), row.Text(1)}); }));
    return values;
  });
}

}  // namespace hinomi::store
