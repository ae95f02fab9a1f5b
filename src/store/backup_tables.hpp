#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace certherald::store {

// Bytes stand in a backup as lower-case hexadecimal text.
enum class BackupKind : std::uint8_t { integer, text, bytes };

struct BackupColumn {
  std::string_view name;
  BackupKind kind = BackupKind::integer;
};

// What becomes of a table's rows where the backup is restored as a new installation.
enum class OfAnother : std::uint8_t { kept, forgotten };

struct BackupTable {
  std::string_view name;
  std::span<const BackupColumn> columns;
  std::string_view order;  // columns of its primary key
  OfAnother of_another = OfAnother::kept;
};

// Every table that a backup carries, each after those that it refers to. Of the others (see
// tables_left_out) nothing must outlive the store that they are in.
[[nodiscard]] std::span<const BackupTable> backup_tables();
[[nodiscard]] std::span<const std::string_view> tables_left_out();

// Null where a backup carries no such table.
[[nodiscard]] const BackupTable* backup_table(std::string_view name);

}  // namespace certherald::store
