#include "store/backup_tables.hpp"

#include <algorithm>
#include <array>

namespace certherald::store {
namespace {

constexpr BackupColumn n(std::string_view name) { return {name, BackupKind::integer}; }
constexpr BackupColumn t(std::string_view name) { return {name, BackupKind::text}; }
constexpr BackupColumn b(std::string_view name) { return {name, BackupKind::bytes}; }

constexpr std::array installation = {n("id"), t("uuid"), n("created_at")};
constexpr std::array settings = {t("name"), t("value")};
constexpr std::array owners = {n("id"), n("tenant_id"), t("name")};
constexpr std::array endpoints = {n("id"),      n("tenant_id"), t("host"),      n("port"), t("sni"),
                                  t("address"), t("starttls"),  n("owner_id"),  t("tags"), t("managed_by"),
                                  n("retired"), n("last_seen"), n("created_at")};
constexpr std::array certificates = {n("id"),           n("tenant_id"),   t("sha256"),
                                     t("subject"),      t("common_name"), t("dns_names"),
                                     t("ip_addresses"), t("issuer"),      t("serial"),
                                     n("not_before"),   n("not_after"),   t("signature_algorithm"),
                                     t("key_type"),     n("key_bits"),    t("key_curve"),
                                     t("spki_sha256"),  n("is_ca"),       n("self_signed"),
                                     n("imported"),     n("in_use"),      n("first_seen")};
constexpr std::array certificate_der = {n("certificate_id"), b("der")};
constexpr std::array deployments = {n("id"),         n("endpoint_id"), t("address"),   n("certificate_id"),
                                    n("first_seen"), n("last_seen"),   n("is_current")};
constexpr std::array observations_latest = {n("endpoint_id"), t("address"), n("at"),
                                            t("status"),      t("digests"), t("body")};
constexpr std::array observation_history = {n("id"), n("endpoint_id"), t("address"),
                                            n("at"), t("status"),      t("body")};
constexpr std::array findings = {n("id"),         n("tenant_id"), t("check_id"),    t("subject_kind"),
                                 t("subject"),    t("severity"),  t("status"),      n("episode"),
                                 n("first_seen"), n("last_seen"), n("resolved_at"), n("accepted_until")};
constexpr std::array finding_places = {
    n("finding_id"), n("endpoint_id"),   t("address"), t("last_verdict"), n("last_affected"),
    n("good_since"), n("verified_good"), t("reason"),  t("evidence"),     n("relapsed_at")};
constexpr std::array policies = {t("name"), n("tenant_id"), t("managed_by"), t("body")};
constexpr std::array connections = {t("name"), n("tenant_id"), t("managed_by"), t("body")};
constexpr std::array schedules = {t("name"),    n("tenant_id"), t("managed_by"),     t("task"),
                                  t("rrule"),   t("time_zone"), n("enabled"),        n("created_at"),
                                  t("dtstart"), t("exdates"),   n("effective_from"), t("discovery")};
constexpr std::array discoveries = {t("name"), n("tenant_id"), t("managed_by"), t("body")};
constexpr std::array runs = {
    n("id"),       t("task"),    t("name"),     t("started_by"),   n("planned_at"),  n("started_at"),
    n("ended_at"), n("sign_at"), t("outcome"),  t("message"),      t("counts"),      n("scheduled"),
    t("options"),  t("stage"),   n("attempts"), t("lease_worker"), n("lease_epoch"), n("lease_until")};
constexpr std::array notices = {n("id"),     n("finding_id"), n("episode"),    t("policy"), t("connection"),
                                n("period"), t("kind"),       n("planned_at"), n("run_id")};
constexpr std::array deliveries = {n("id"),          n("notice_id"),   t("connection"),   t("kind"),
                                   t("ticket_key"),  t("draft"),       t("state"),        n("is_final"),
                                   n("attempts"),    n("creates"),     n("created_at"),   n("next_at"),
                                   n("sent_at"),     n("updated_at"),  t("last_error"),   t("lease_worker"),
                                   n("lease_epoch"), n("lease_until"), n("lease_seconds")};
constexpr std::array tickets = {n("id"),         n("tenant_id"),  t("connection"), t("ticket_key"),
                                n("finding_id"), n("episode"),    n("period"),     t("subject"),
                                t("remote_id"),  t("number"),     t("url"),        t("status"),
                                n("is_open"),    n("duplicates"), n("created_at"), n("updated_at")};
constexpr std::array secrets = {t("name"),   n("tenant_id"),  t("ciphertext"),
                                t("key_id"), n("created_at"), n("updated_at")};

// What another installation told, and the secrets that were sealed for it, are not a new one's.
constexpr std::array carried = std::to_array<BackupTable>({
    {"installation", installation, "id"},
    {"settings", settings, "name"},
    {"owners", owners, "id"},
    {"endpoints", endpoints, "id"},
    {"certificates", certificates, "id"},
    {"certificate_der", certificate_der, "certificate_id"},
    {"deployments", deployments, "id"},
    {"observations_latest", observations_latest, "endpoint_id, address"},
    {"observation_history", observation_history, "id"},
    {"findings", findings, "id"},
    {"finding_places", finding_places, "finding_id, endpoint_id, address"},
    {"policies", policies, "name"},
    {"connections", connections, "name"},
    {"schedules", schedules, "name"},
    {"discoveries", discoveries, "name"},
    {"runs", runs, "id"},
    {"notices", notices, "id", OfAnother::forgotten},
    {"deliveries", deliveries, "id", OfAnother::forgotten},
    {"tickets", tickets, "id", OfAnother::forgotten},
    {"secrets", secrets, "name", OfAnother::forgotten},
});

// The schema's own steps stand in a backup as its version. What a run under way has to scan is forgotten with
// the run's end, and a restored store has no run under way.
constexpr std::array<std::string_view, 2> left_out = {"schema_migrations", "scan_work"};

}  // namespace

std::span<const BackupTable> backup_tables() { return carried; }
std::span<const std::string_view> tables_left_out() { return left_out; }

const BackupTable* backup_table(std::string_view name) {
  const auto* const at = std::ranges::find(carried, name, &BackupTable::name);
  return at == carried.end() ? nullptr : at;
}

}  // namespace certherald::store
