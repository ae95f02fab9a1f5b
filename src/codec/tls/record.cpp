#include "codec/tls/record.hpp"

#include <algorithm>
#include <cassert>

namespace certherald::codec::tls {
namespace {

constexpr std::size_t header_size = 5;
constexpr std::size_t prefix_size = 64;
constexpr std::size_t first_read = 8192;  // a usual flight in one go
constexpr std::size_t least_read = 1024;

// Where the bytes leave the form of a record header; as many as are there are looked at.
bool may_be_header(ByteView bytes) {
  constexpr std::uint8_t first_type = 20;
  constexpr std::uint8_t last_type = 24;
  constexpr std::uint8_t major = 3;
  if (!bytes.empty() && (bytes[0] < first_type || bytes[0] > last_type)) return false;
  return bytes.size() < 2 || bytes[1] == major;
}

}  // namespace

void RecordReader::make_room(std::size_t size) {
  if (buffer_.size() - end_ >= size) return;
  std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_),
            buffer_.begin() + static_cast<std::ptrdiff_t>(end_), buffer_.begin());
  end_ -= begin_;
  begin_ = 0;
  if (buffer_.size() - end_ < size) buffer_.resize(end_ + size);
}

std::span<std::uint8_t> RecordReader::prepare() {
  // Room for what the record under way still lacks, so that one read can end it.
  const ByteView here = pending();
  if (here.empty()) begin_ = end_ = 0;
  std::size_t want = buffer_.empty() ? first_read : least_read;
  if (here.size() >= header_size) {
    const std::size_t total = header_size + (std::size_t{here[3]} << 8U | here[4]);
    if (total > here.size()) want = std::max(want, total - here.size());
  }
  make_room(std::min(want, header_size + max_record_fragment));
  return std::span(buffer_).subspan(end_);
}

void RecordReader::commit(std::size_t size) {
  assert(size <= buffer_.size() - end_);
  end_ += size;
}

void RecordReader::feed(ByteView bytes) {
  make_room(bytes.size());
  std::ranges::copy(bytes, buffer_.begin() + static_cast<std::ptrdiff_t>(end_));
  end_ += bytes.size();
}

RecordStep RecordReader::next() {
  const ByteView here = pending();
  if (!may_be_header(here)) return NotTls{here.first(std::min(here.size(), prefix_size))};
  if (here.size() < header_size) return NeedMore{};
  const std::size_t length = std::size_t{here[3]} << 8U | here[4];
  if (length > max_record_fragment) return NotTls{here.first(std::min(here.size(), prefix_size))};
  if (here.size() < header_size + length) return NeedMore{};
  begin_ += header_size + length;
  return Record{static_cast<ContentType>(here[0]), static_cast<std::uint16_t>(here[1] << 8U | here[2]),
                here.subspan(header_size, length)};
}

}  // namespace certherald::codec::tls
