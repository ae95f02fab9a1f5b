#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

// What other systems send as JSON (RFC 8259), read without trust.
namespace certherald::connector {

// The object that `text` is. Nothing where it is anything else, is not well-formed UTF-8, names a member
// twice (RFC 8259 section 4: readers disagree about which one counts), nests deeper than 32 levels, holds
// more than 200,000 values, or goes on after its end.
[[nodiscard]] std::optional<boost::json::object> parse_object(std::string_view text);

// A text member, or a whole number as text (systems send ids as either); "" where it is absent, null or
// something else.
[[nodiscard]] std::string text_member(const boost::json::object& object, std::string_view name);

// A whole number, or a text that is one.
[[nodiscard]] std::optional<std::int64_t> integer_member(const boost::json::object& object,
                                                         std::string_view name);

// Null where the member is absent or something else. They live as long as `object`.
[[nodiscard]] const boost::json::object* object_member(const boost::json::object& object,
                                                       std::string_view name);
[[nodiscard]] const boost::json::array* array_member(const boost::json::object& object,
                                                     std::string_view name);

}  // namespace certherald::connector
