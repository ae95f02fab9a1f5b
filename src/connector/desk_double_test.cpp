#include "connector/desk_double.hpp"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <boost/json.hpp>

#include "base/file.hpp"
#include "base/text.hpp"
#include "net/http.hpp"
#include "net/resolver.hpp"
#include "net/test_world.hpp"

namespace certherald::connector::test {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t largest = std::size_t{64} << 20U;

std::string make_folder() {
  std::string name = (fs::temp_directory_path() / "desk-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder for the desk");
  return name;
}

pid_t start(const std::string& folder) {
  const std::string port_file = folder + "/port";
  const std::string log = folder + "/log";
  std::vector<std::string> words = {"/usr/bin/python3", "-m",     "desk", "--port", "0",
                                    "--port-file",      port_file};
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  std::string path = "PYTHONPATH=" CERTHERALD_SOURCE_DIR "/tests/support";
  std::string home = "HOME=" + folder;
  std::string quiet = "PYTHONDONTWRITEBYTECODE=1";
  std::vector<char*> environment = {path.data(), home.data(), quiet.data(), nullptr};
  posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&files, 1, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  ::posix_spawn_file_actions_adddup2(&files, 1, 2);
  pid_t process = -1;
  const int error =
      ::posix_spawn(&process, arguments[0], &files, nullptr, arguments.data(), environment.data());
  ::posix_spawn_file_actions_destroy(&files);
  if (error != 0) throw std::runtime_error("cannot start /usr/bin/python3");
  return process;
}

std::string await_port(pid_t process, const std::string& folder) {
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (std::chrono::steady_clock::now() < limit) {
    if (const auto port = read_file(folder + "/port", 16)) return std::string(trim(*port));
    if (::waitpid(process, nullptr, WNOHANG) == process) break;
    ::poll(nullptr, 0, 20);
  }
  const auto said = read_file(folder + "/log", largest);
  throw std::runtime_error("the desk did not start (it needs python3-aiohttp): " + said.value_or(""));
}

}  // namespace

Desk::Desk() : folder_(make_folder()), process_(start(folder_)) {
  try {
    port_ = await_port(process_, folder_);
  } catch (...) {
    fs::remove_all(folder_);
    throw;
  }
}

Desk::~Desk() {
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
  fs::remove_all(folder_);
}

std::string Desk::url(std::string_view system) const {
  return fmt::format("http://127.0.0.1:{}/{}", port_, system);
}

boost::json::value Desk::control(std::string_view method, std::string_view path, std::string body) const {
  net::test::World world;
  net::StaticResolver names;
  net::CurlHttpClient client(world.executor(), names);
  net::HttpRequest request;
  request.method = method;
  request.url = url(fmt::format("_control/{}", path));
  request.body = std::move(body);
  request.max_response_bytes = largest;
  const auto reply = world.run(client.send(std::move(request), net::Deadline::after(net::test::ample)));
  if (!reply) throw std::runtime_error(describe(reply.error().error));
  if (reply->status != 200) throw std::runtime_error(fmt::format("{} {}: {}", method, path, reply->body));
  return boost::json::parse(reply->body);
}

void Desk::act(std::string_view system, std::string_view ticket, std::string action) const {
  control("POST", fmt::format("tickets/{}/{}", system, ticket), std::move(action));
}

TEST(Desk, TellsWhatItHolds) {
  const Desk desk;
  EXPECT_TRUE(desk.control("GET", "violations").as_array().empty());
  EXPECT_THROW(desk.control("GET", "nothing"), std::runtime_error);
}

}  // namespace certherald::connector::test
