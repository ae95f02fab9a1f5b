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
  const std::vector same = {in_use("a", "k", "1", {"x", "y"}), in_use("b", "k", "2", {"y", "x"})};
  EXPECT_THAT(told(shared_keys(same)), ElementsAre());  // a renewal
  const std::vector differ = {in_use("a", "k", "1", {"x"}), in_use("b", "k", "2", {"x"}),
                              in_use("c", "k", "3", {"z"}), in_use("d", "l", "4", {"q"})};
  EXPECT_THAT(told(shared_keys(differ)),
              ElementsAre("shared_key:a|c (c)", "shared_key:b|c (c)", "shared_key:c|a (a)\nb (b)"));
}

TEST(Fleet, ASerialIsAnIssuersOwn) {
  const std::vector alike = {in_use("a", "k", "1", {"x"}), in_use("b", "l", "1", {"x"}),
                             in_use("c", "m", "1", {"x"}, "CN=Two")};
  EXPECT_THAT(told(duplicate_serials(alike)),
              ElementsAre("duplicate_serial:a|b (b)", "duplicate_serial:b|a (a)"));
}

TEST(Fleet, EachBrokenKeyIsTold) {
  EXPECT_THAT(told(shared_primes(std::vector{in_use("a", "k", "1", {"x"})})), ElementsAre("batch_gcd:a"));
}

}  // namespace
}  // namespace certherald::inventory
