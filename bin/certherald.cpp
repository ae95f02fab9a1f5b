#include "cli/main.hpp"

int main(int argc, char** argv) { return certherald::cli::run(argc, argv); }
