#include "os/impl/spawn.h"

#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <string>

#include "os/errno_error.h"

namespace hinomi::os_impl {
namespace {

/// Strings in the form that exec takes; `strings` must not change afterwards.
std::vector<char*> Pointers(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  pointers.reserve(strings.size() + 1);
  for (std::string& text : strings) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> EnvironmentOf(const Command& command) {
  std::vector<std::string> lines;
  const auto is_set = [&](std::string_view line) {
    return std::any_of(
        command.environment.begin(), command.environment.end(), [&](const auto& variable) {
          return line.size() > variable.first.size() && line[variable.first.size()] == '=' &&
                 line.starts_with(variable.first);
        });
  };
  if (command.inherit_environment) {
    for (char** line = environ; *line != nullptr; ++line)
      if (!is_set(*line)) lines.emplace_back(*line);
  }
  for (const auto& [name, value] : command.environment) lines.push_back(name + "=" + value);
  return lines;
}

/// posix_spawn's parameters, freed at the end.
struct SpawnParameters {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  SpawnParameters() {
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawnattr_init(&attributes);
  }
  ~SpawnParameters() {
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
  }
  SpawnParameters(const SpawnParameters&) = delete;
  SpawnParameters& operator=(const SpawnParameters&) = delete;
};

void UseDefaultSignals(posix_spawnattr_t& attributes) {
  sigset_t none, all;
  ::sigemptyset(&none);
  ::sigfillset(&all);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &all);
  ::posix_spawnattr_setflags(
      &attributes,
      static_cast<short>(POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF));
}

}  // namespace

void Descriptor::Close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

Result<Pipe> MakePipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return ErrnoError("cannot make a pipe");
  return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

Result<pid_t> Spawn(const Command& command, const std::vector<std::pair<int, int>>& passed) {
  if (command.argv.empty() || command.argv[0].empty())
    return InvalidArgument("cannot run a program: none is named");
  std::vector<std::string> arguments = command.argv;
  std::vector<std::string> environment = EnvironmentOf(command);

  SpawnParameters parameters;
  UseDefaultSignals(parameters.attributes);
  // First out of the way of the numbers that others will get.
  int highest = 2;
  for (const auto& [ours, its] : passed) highest = std::max({highest, ours, its});
  int aside = highest + 1;
  for (const auto& [ours, its] : passed)
    ::posix_spawn_file_actions_adddup2(&parameters.actions, ours, aside++);
  aside = highest + 1;
  int last = -1;
  for (const auto& [ours, its] : passed) {
    ::posix_spawn_file_actions_adddup2(&parameters.actions, aside++, its);
    last = std::max(last, its);
  }
  // Other libraries' sockets are not all close-on-exec; a child that held a
  // listener would keep its port beyond our death.
  ::posix_spawn_file_actions_addclosefrom_np(&parameters.actions, last + 1);
  if (!command.directory.empty())
    ::posix_spawn_file_actions_addchdir_np(&parameters.actions, command.directory.c_str());

  pid_t pid = 0;
  const int error =
      ::posix_spawnp(&pid, arguments[0].c_str(), &parameters.actions, &parameters.attributes,
                     Pointers(arguments).data(), Pointers(environment).data());
  if (error == 0) return pid;
  errno = error;
  std::string what = "cannot run " + arguments[0];
  if (!command.directory.empty()) what += " in " + command.directory;
  return ErrnoError(std::move(what));
}

}  // namespace hinomi::os_impl
