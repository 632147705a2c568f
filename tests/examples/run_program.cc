// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/examples/run_program.h"

#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

namespace microthread::testing {
namespace {

// The standard streams are files in memory: with pipes, a program that fills
// one while the test waits at another would hang.
class MemoryFile {
 public:
  MemoryFile() : fd_(memfd_create("stream", MFD_CLOEXEC)) {
    if (fd_ < 0) throw std::runtime_error("memfd_create failed");
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile() { close(fd_); }

  int fd() const { return fd_; }

  void Write(std::string_view text) {
    while (!text.empty()) {
      const ssize_t count = write(fd_, text.data(), text.size());
      if (count <= 0) throw std::runtime_error("write failed");
      text.remove_prefix(count);
    }
    lseek(fd_, 0, SEEK_SET);
  }

  std::string Read() {
    std::string text(lseek(fd_, 0, SEEK_END), '\0');
    size_t size = 0;
    while (size < text.size()) {
      const ssize_t count =
          pread(fd_, text.data() + size, text.size() - size, size);
      if (count <= 0) throw std::runtime_error("read failed");
      size += count;
    }
    return text;
  }

 private:
  int fd_;
};

// The test's environment with that of `options` in front, which therefore wins.
std::vector<std::string> Environment(const RunOptions& options) {
  std::vector<std::string> environment = options.environment;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (std::strstr(*variable, "_WORKING_DIRECTORY=") == nullptr) {
      environment.push_back(*variable);
    }
  }
  return environment;
}

// What exec wants. The strings must outlive it.
std::vector<char*> Pointers(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (std::string& string : strings) pointers.push_back(string.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

RunResult RunProgram(const std::vector<std::string>& arguments,
                     const RunOptions& options) {
  MemoryFile input, output, error;
  input.Write(options.input);
  std::vector<std::string> words = arguments;
  std::vector<std::string> environment = Environment(options);

  posix_spawn_file_actions_t streams;
  posix_spawn_file_actions_init(&streams);
  posix_spawn_file_actions_adddup2(
      &streams, options.input_fd < 0 ? input.fd() : options.input_fd,
      STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&streams, output.fd(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&streams, error.fd(), STDERR_FILENO);
  pid_t pid;
  const int failure =
      posix_spawnp(&pid, words.at(0).c_str(), &streams, nullptr,
                   Pointers(words).data(), Pointers(environment).data());
  posix_spawn_file_actions_destroy(&streams);
  if (failure != 0) {
    throw std::runtime_error(words[0] + ": " + std::strerror(failure));
  }

  int status;
  waitpid(pid, &status, 0);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
          output.Read(), error.Read()};
}

std::string ExamplePath(std::string_view name) {
  // Tests run at the root of their runfiles, which has the form of the sources.
  return std::filesystem::absolute("examples") / name;
}

}  // namespace microthread::testing
