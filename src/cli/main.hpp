#pragma once

namespace certherald::cli {

// The program: builds its world by hand, parses the command line, runs one command; returns the exit code.
[[nodiscard]] int run(int argc, char** argv);

}  // namespace certherald::cli
