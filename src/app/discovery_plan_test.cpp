#include "app/discovery_plan.hpp"

#include <gtest/gtest.h>

namespace certherald::app {
namespace {

TEST(DiscoveryPlan, ANetworkIsNotWrittenOut) {
  model::Discovery discovery;
  discovery.targets = {"10.0.0.0/16", "10.0.0.1", "10.0.0.1:25", "smtp://10.0.0.1"};
  discovery.ports = "443,8443,9000-9009";
  const auto plan = make_plan(discovery);
  ASSERT_TRUE(plan) << describe(plan.error());
  EXPECT_EQ(plan->targets.size(), 65'536U * 12 + 2);
  EXPECT_EQ(plan->targets.specs().size(), 3U);  // the second word adds nothing
  discovery.targets = {"10.0.0.0/16", "10.1.0.0/16"};
  discovery.ports = "1-65535";
  const auto large = make_plan(discovery);
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().kind, ErrorKind::too_large);
}

TEST(DiscoveryPlan, AnAddressIsCalledByItsCertificate) {
  struct Row {
    model::EndpointKey place;
    std::vector<std::string> names;
    const char* sni;
  };
  const model::EndpointKey address{"192.0.2.1", 443, "", "", ""};
  const std::vector<Row> rows = {
      {address, {"*.example.com", "Shop.example.com", "www.example.com"}, "shop.example.com"},
      {address, {"*.example.com"}, ""},
      {address, {"not a name", "shop.example.com"}, "shop.example.com"},
      {address, {"192.0.2.9"}, ""},
      {address, {}, ""},
      {{"www.example.com", 443, "", "", ""}, {"shop.example.com"}, ""},
      {{"192.0.2.1", 443, "www.example.com", "", ""}, {"shop.example.com"}, "www.example.com"},
  };
  for (const Row& row : rows) {
    model::Certificate leaf;
    leaf.dns_names = row.names;
    model::EndpointKey wanted = row.place;
    wanted.sni = row.sni;
    EXPECT_EQ(named_by_certificate(row.place, leaf), wanted) << subject_text(wanted);
  }
  model::Certificate by_address;
  by_address.dns_names = {"shop.example.com"};
  by_address.ip_addresses = {"192.0.2.1"};
  EXPECT_EQ(named_by_certificate(address, by_address), address);
}

}  // namespace
}  // namespace certherald::app
