#include "inventory/fleet.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace certherald::inventory {
namespace {

CertificateInUse in_use(const std::string& sha256, const std::string& key, const std::string& serial,
                        std::vector<std::string> names, const std::string& issuer = "CN=One") {
  CertificateInUse out;
  out.certificate.sha256 = sha256;
  out.certificate.key.spki_sha256 = key;
  out.certificate.serial = serial;
  out.certificate.issuer = issuer;
  out.certificate.common_name = sha256;
  out.certificate.dns_names = std::move(names);
  return out;
}

std::vector<std::string> told(const std::vector<FleetFault>& faults) {
  std::vector<std::string> out;
  for (const FleetFault& fault : faults) {
    const auto others = fault.evidence.find("others");
    out.push_back(fault.check + ":" + fault.certificate.certificate.sha256 +
                  (others == fault.evidence.end() ? "" : "|" + others->second));
  }
  return out;
}

using testing::ElementsAre;

TEST(Fleet, AKeyIsSharedWhereNamesDiffer) {
  const std::vector differ = {in_use("a", "k", "1", {"x"}), in_use("b", "k", "2", {"x"}),
                              in_use("c", "k", "3", {"z"}), in_use("d", "l", "4", {"q"})};
  EXPECT_THAT(told(shared_keys(differ)),
              ElementsAre("shared_key:a|c (c)", "shared_key:b|c (c)", "shared_key:c|a (a)\nb (b)"));
  const std::vector overlap = {in_use("a", "k", "1", {"x", "y"}), in_use("b", "k", "2", {"x", "z"})};
  EXPECT_THAT(told(shared_keys(overlap)), ElementsAre("shared_key:a|b (b)", "shared_key:b|a (a)"));
}

TEST(Fleet, ARenewalSharesNoKey) {
  const std::vector same = {in_use("a", "k", "1", {"x", "y"}), in_use("b", "k", "2", {"y", "x"})};
  EXPECT_THAT(told(shared_keys(same)), ElementsAre());
  const std::vector with_one_more = {in_use("a", "k", "1", {"x"}), in_use("b", "k", "2", {"x", "y"})};
  EXPECT_THAT(told(shared_keys(with_one_more)), ElementsAre());
  std::vector rolled_out = {in_use("a", "k", "1", {"x"}), in_use("b", "k", "2", {"y"})};
  rolled_out[0].deployments = {{"a", {"x", 443, "", "", ""}, "192.0.2.1", {}, {}}};
  rolled_out[1].deployments = {{"b", {"x", 443, "", "", ""}, "192.0.2.2", {}, {}}};
  EXPECT_THAT(told(shared_keys(rolled_out)), ElementsAre());
  rolled_out[1].deployments.front().endpoint.host = "y";
  EXPECT_THAT(told(shared_keys(rolled_out)), ElementsAre("shared_key:a|b (b)", "shared_key:b|a (a)"));
}

TEST(Fleet, OfManyOthersSomeAreNamed) {
  std::vector<CertificateInUse> many;
  for (int i = 0; i < 22; ++i) {
    many.push_back(in_use(fmt::format("{:02}", i), "k", "1", {fmt::format("n{:02}", i)}));
  }
  const auto twenty = shared_keys(std::span(many).first(21));
  ASSERT_EQ(twenty.size(), 21U);
  EXPECT_EQ(twenty.back().reason, "20 other certificates in use, for other names, have the same key");
  EXPECT_THAT(twenty.back().evidence.at("others"), testing::EndsWith("\n19 (19)"));
  const auto more = shared_keys(many);
  EXPECT_EQ(more.back().reason, "more than 20 other certificates in use, for other names, have the same key");
  EXPECT_THAT(more.back().evidence.at("others"), testing::EndsWith("\n19 (19)\nand more"));
  EXPECT_THAT(duplicate_serials(many).front().evidence.at("others"),
              testing::EndsWith("\n20 (20)\nand more"));
}

TEST(Fleet, ASerialIsAnIssuersOwn) {
  const std::vector alike = {in_use("a", "k", "1", {"x"}), in_use("b", "l", "1", {"x"}),
                             in_use("c", "m", "1", {"x"}, "CN=Two")};
  EXPECT_THAT(told(duplicate_serials(alike)),
              ElementsAre("duplicate_serial:a|b (b)", "duplicate_serial:b|a (a)"));
}

TEST(Fleet, WhatSignedItselfIsItsOwnIssuer) {
  std::vector alike = {in_use("a", "k", "1", {"x"}), in_use("b", "l", "1", {"x"}),
                       in_use("c", "k", "1", {"y"})};
  for (CertificateInUse& one : alike) one.certificate.self_signed = true;
  EXPECT_THAT(told(duplicate_serials(alike)),
              ElementsAre("duplicate_serial:a|c (c)", "duplicate_serial:c|a (a)"));
}

TEST(Fleet, EachBrokenKeyIsTold) {
  EXPECT_THAT(told(shared_primes(std::vector{in_use("a", "k", "1", {"x"})})), ElementsAre("batch_gcd:a"));
}

}  // namespace
}  // namespace certherald::inventory
