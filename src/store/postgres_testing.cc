#include <fcntl.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <thread>

#include "base/strings.h"
#include "store/testing.h"

namespace hinomi::store {

TempDirectory::TempDirectory() {
  std::string name = std::filesystem::temp_directory_path().string() + "/hinomi-store-XXXXXX";
  HN_CHECK(mkdtemp(name.data()) != nullptr);
  path_ = name;
}

TempDirectory::~TempDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

namespace {

std::string FindPrograms() {
  std::string newest;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/usr/lib/postgresql", ignored)) {
    const std::string bin = entry.path().string() + "/bin";
    if (std::filesystem::exists(bin + "/initdb") && bin > newest) newest = bin;
  }
  return newest;
}

// Starts a program as an unprivileged user, its output into a file.
pid_t Spawn(const std::vector<std::string>& arguments, uid_t user, gid_t group,
            const std::string& output) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child != 0) return child;
  const int log = open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  dup2(log, STDOUT_FILENO);
  dup2(log, STDERR_FILENO);
  if (geteuid() == 0 && (setgid(group) != 0 || setuid(user) != 0)) _exit(126);
  // After setuid, which forgets it. SIGQUIT: the server stops without ado.
  prctl(PR_SET_PDEATHSIG, SIGQUIT);
  if (getppid() != parent) _exit(125);
  // initdb refuses to run with the environment of root's home.
  setenv("HOME", "/", 1);
  if (chdir("/") != 0) _exit(124);
  execv(argv[0], argv.data());
  _exit(127);
}

int Wait(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace

Result<std::unique_ptr<TestPostgres>> TestPostgres::Make() {
  std::unique_ptr<TestPostgres> server(new TestPostgres);
  server->programs_ = FindPrograms();
  if (server->programs_.empty()) {
    return NotFound(
        "no PostgreSQL server in /usr/lib/postgresql: install the Debian package postgresql-15");
  }
  HN_TRY_VOID(server->InitCluster());
  HN_TRY_VOID(server->Start());
  return server;
}

Status TestPostgres::InitCluster() {
  user_ = geteuid();
  group_ = getegid();
  if (user_ == 0) {
    const passwd* account = getpwnam("postgres");
    if (account == nullptr) account = getpwnam("nobody");
    if (account == nullptr) return NotFound("there is no user postgres or nobody to run as");
    user_ = account->pw_uid;
    group_ = account->pw_gid;
    if (chown(directory_.path().c_str(), user_, group_) != 0) {
      return Internal("chown of " + directory_.path() + " failed");
    }
  }
  const std::string log = directory_.path() + "/initdb.log";
  const int status =
      Wait(Spawn({programs_ + "/initdb", "-D", directory_.path() + "/data", "-U", "hinomi", "-A",
                  "trust", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions"},
                 user_, group_, log));
  if (status == 0) return {};
  return Internal("initdb failed: " + PosixFiles().ReadAll(log).value_or(""));
}

std::string TestPostgres::Connection() const {
  return "host=" + directory_.path() + " user=hinomi dbname=postgres";
}

Status TestPostgres::Start() {
  server_ = Spawn({programs_ + "/postgres", "-D", directory_.path() + "/data", "-k",
                   directory_.path(), "-c", "listen_addresses=", "-c", "fsync=off", "-c",
                   "shared_buffers=16MB", "-c", "max_connections=40", "-c", "autovacuum=off"},
                  user_, group_, directory_.path() + "/server.log");
  return AwaitReady();
}

Status TestPostgres::AwaitReady() {
  for (int i = 0; i < 3000; ++i) {
    if (PQping(Connection().c_str()) == PQPING_OK) return {};
    if (waitpid(server_, nullptr, WNOHANG) != 0) {
      server_ = -1;
      break;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return Internal("PostgreSQL did not start: " +
                  PosixFiles().ReadAll(directory_.path() + "/server.log").value_or(""));
}

Status TestPostgres::Stop() {
  if (server_ < 0) return {};
  kill(server_, SIGQUIT);
  Wait(server_);
  server_ = -1;
  return {};
}

TestPostgres::~TestPostgres() {
  (void)Stop().has_value();
}

Result<std::string> TestPostgres::NewSchema() {
  const std::string name = "s" + std::to_string(++schemas_);
  HN_TRY_VOID(Execute(Connection(), "CREATE SCHEMA " + name));
  return Connection() + " options='-c search_path=" + name + "'";
}

Status TestPostgres::Execute(const std::string& connection, const std::string& sql) {
  PGconn* const database = PQconnectdb(connection.c_str());
  PGresult* const result = PQexec(database, sql.c_str());
  const ExecStatusType status = PQresultStatus(result);
  const std::string message = PQerrorMessage(database);
  PQclear(result);
  PQfinish(database);
  if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) return {};
  return Internal(sql + ": " + message);
}

Result<TestPostgres*> SharedPostgres() {
  static const Result<std::unique_ptr<TestPostgres>> server = TestPostgres::Make();
  if (!server) return server.error();
  return server->get();
}

}  // namespace hinomi::store
