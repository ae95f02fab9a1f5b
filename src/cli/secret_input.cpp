#include "cli/secret_input.hpp"

#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <iostream>

#include "base/wipe.hpp"
#include "codec/sealed_box.hpp"

namespace certherald::cli {
namespace {

constexpr std::array endings = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};

volatile std::sig_atomic_t ended_by = 0;
void note_ending(int signal) { ended_by = signal; }

// While it lives, the terminal shows nothing that is typed, and a signal ends the read instead of the
// process: a terminal that stays silent would be left behind.
class SilentTerminal final {
 public:
  SilentTerminal() {
    ended_by = 0;
    struct sigaction note{};
    note.sa_handler = note_ending;  // without SA_RESTART: the read comes back
    for (std::size_t i = 0; i < endings.size(); ++i) ::sigaction(endings[i], &note, &before_[i]);
    silent_ = ::tcgetattr(STDIN_FILENO, &terminal_) == 0;
    termios quiet = terminal_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    silent_ = silent_ && ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) == 0;
  }
  ~SilentTerminal() {
    if (silent_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &terminal_);
    for (std::size_t i = 0; i < endings.size(); ++i) ::sigaction(endings[i], &before_[i], nullptr);
    if (ended_by != 0) ::raise(ended_by);
  }
  SilentTerminal(const SilentTerminal&) = delete;
  SilentTerminal& operator=(const SilentTerminal&) = delete;
  [[nodiscard]] bool silent() const { return silent_; }

 private:
  std::array<struct sigaction, endings.size()> before_{};
  termios terminal_{};
  bool silent_ = false;
};

Result<std::string> ask(CommandContext& context, const std::string& prompt) {
  std::string line;
  line.reserve(codec::max_secret_size + 1);  // never moved: that would leave parts behind
  {
    const SilentTerminal terminal;
    if (!terminal.silent())
      return with_hint(fail(ErrorKind::invalid_input, "the terminal cannot be silenced"),
                       "give the secret through a pipe or from a file");
    context.err << prompt << std::flush;
    char c = 0;
    while (line.size() <= codec::max_secret_size && ::read(STDIN_FILENO, &c, 1) == 1 && c != '\n') line += c;
    wipe(std::span(reinterpret_cast<std::uint8_t*>(&c), 1));
    context.err << '\n';
  }
  if (ended_by == 0) return line;
  wipe(line);
  return fail(ErrorKind::cancelled, "cancelled");
}

std::string read_all(std::istream& in) {
  std::string text(codec::max_secret_size + 2, '\0');  // room for its newline
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

}  // namespace

Result<std::string> read_secret(CommandContext& context, const std::string& prompt) {
  const bool terminal = &context.in == &std::cin && ::isatty(STDIN_FILENO) == 1;
  auto secret = terminal ? ask(context, prompt) : Result<std::string>(read_all(context.in));
  if (!secret) return secret;
  if (secret->ends_with('\n')) secret->pop_back();
  if (secret->ends_with('\r')) secret->pop_back();
  if (secret->empty())
    return with_hint(fail(ErrorKind::invalid_input, "the secret is empty"), "give it on standard input");
  if (secret->size() <= codec::max_secret_size) return secret;
  wipe(*secret);
  return fail(ErrorKind::invalid_input, "the secret is larger than {} bytes", codec::max_secret_size);
}

}  // namespace certherald::cli
