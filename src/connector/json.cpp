#include "connector/json.hpp"

#include <charconv>
#include <unordered_set>
#include <utility>
#include <vector>

#include <boost/json.hpp>
#include <boost/json/basic_parser_impl.hpp>

namespace certherald::connector {

namespace json = boost::json;

namespace {

constexpr std::size_t most_levels = 32;
constexpr std::size_t most_values = 200'000;

// Builds a value like the library's own parser, which lets the last of two equal names win without a word.
class Builder {
 public:
  // Limits that the library asks its handler for; the size of an answer is bounded before it comes here.
  static constexpr std::size_t max_object_size = most_values;
  static constexpr std::size_t max_array_size = most_values;
  static constexpr std::size_t max_key_size = std::size_t{1} << 16U;
  static constexpr std::size_t max_string_size = std::size_t{1} << 24U;

  [[nodiscard]] json::value release() { return stack_.release(); }

  bool on_document_begin(json::error_code& /*error*/) { return true; }
  bool on_document_end(json::error_code& /*error*/) { return true; }
  bool on_object_begin(json::error_code& /*error*/) {
    names_.emplace_back();
    return true;
  }
  bool on_object_end(std::size_t size, json::error_code& error) {
    names_.pop_back();
    stack_.push_object(size);
    return count(error);
  }
  bool on_array_begin(json::error_code& /*error*/) { return true; }
  bool on_array_end(std::size_t size, json::error_code& error) {
    stack_.push_array(size);
    return count(error);
  }
  bool on_key_part(json::string_view part, std::size_t /*size*/, json::error_code& /*error*/) {
    name_ += part;
    stack_.push_chars(part);
    return true;
  }
  bool on_key(json::string_view part, std::size_t /*size*/, json::error_code& error) {
    name_ += part;
    const bool fresh = names_.back().insert(std::exchange(name_, {})).second;
    if (!fresh) {
      error = json::make_error_code(json::error::extra_data);
      return false;
    }
    stack_.push_key(part);
    return true;
  }
  bool on_string_part(json::string_view part, std::size_t /*size*/, json::error_code& /*error*/) {
    stack_.push_chars(part);
    return true;
  }
  bool on_string(json::string_view part, std::size_t /*size*/, json::error_code& error) {
    stack_.push_string(part);
    return count(error);
  }
  bool on_number_part(json::string_view /*part*/, json::error_code& /*error*/) { return true; }
  bool on_int64(std::int64_t value, json::string_view /*text*/, json::error_code& error) {
    stack_.push_int64(value);
    return count(error);
  }
  bool on_uint64(std::uint64_t value, json::string_view /*text*/, json::error_code& error) {
    stack_.push_uint64(value);
    return count(error);
  }
  bool on_double(double value, json::string_view /*text*/, json::error_code& error) {
    stack_.push_double(value);
    return count(error);
  }
  bool on_bool(bool value, json::error_code& error) {
    stack_.push_bool(value);
    return count(error);
  }
  bool on_null(json::error_code& error) {
    stack_.push_null();
    return count(error);
  }
  bool on_comment_part(json::string_view /*part*/, json::error_code& /*error*/) { return true; }
  bool on_comment(json::string_view /*part*/, json::error_code& /*error*/) { return true; }

 private:
  bool count(json::error_code& error) {
    if (++values_ <= most_values) return true;
    error = json::make_error_code(json::error::array_too_large);
    return false;
  }

  json::value_stack stack_;
  std::vector<std::unordered_set<std::string>> names_;  // of the objects that are open
  std::string name_;
  std::size_t values_ = 0;
};

}  // namespace

std::optional<json::object> parse_object(std::string_view text) {
  json::parse_options options;
  options.max_depth = most_levels;
  json::basic_parser<Builder> parser(options);
  json::error_code error;
  const std::size_t read = parser.write_some(false, text.data(), text.size(), error);
  if (error || read != text.size()) return std::nullopt;
  json::value value = parser.handler().release();
  if (!value.is_object()) return std::nullopt;
  return std::move(value.as_object());
}

std::string text_member(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr) return {};
  if (value->is_string()) return std::string(value->as_string());
  if (value->is_int64()) return std::to_string(value->as_int64());
  if (value->is_uint64()) return std::to_string(value->as_uint64());
  return {};
}

std::optional<std::int64_t> integer_member(const json::object& object, std::string_view name) {
  const std::string text = text_member(object, name);
  std::int64_t value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || stop != text.data() + text.size()) return std::nullopt;
  return value;
}

const json::object* object_member(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr ? value->if_object() : nullptr;
}

const json::array* array_member(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr ? value->if_array() : nullptr;
}

}  // namespace certherald::connector
