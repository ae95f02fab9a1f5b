#include "base/file.hpp"

#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

#include "base/text.hpp"

namespace certherald {
namespace {

struct Closer {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

std::unexpected<Error> cannot_read(const std::string& path, int error) {
  const ErrorKind kind = error == ENOENT ? ErrorKind::not_found : ErrorKind::invalid_input;
  return fail(kind, "{}: cannot be read: {}", single_line(path), std::generic_category().message(error));
}

}  // namespace

Result<std::string> read_file(const std::string& path, std::size_t limit) {
  const std::unique_ptr<std::FILE, Closer> file(std::fopen(path.c_str(), "rbe"));
  if (!file) return cannot_read(path, errno);
  std::string out;
  std::string chunk(65'536, '\0');
  for (;;) {
    errno = 0;
    const std::size_t got = std::fread(chunk.data(), 1, chunk.size(), file.get());
    out.append(chunk, 0, got);
    if (out.size() > limit) {
      return fail(ErrorKind::too_large, "{}: larger than {} bytes", single_line(path), limit);
    }
    if (got == chunk.size()) continue;
    if (std::ferror(file.get()) != 0) return cannot_read(path, errno);
    return out;
  }
}

}  // namespace certherald
