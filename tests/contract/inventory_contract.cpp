#include "contract.hpp"

namespace certherald::contract {
namespace {

using inventory::CertificateInUse;
using store::CertificateFilter;
using store::Put;
using store::Session;

constexpr Seconds day{86'400};

template <class F>
auto get(store::Store& store, F&& question) {
  return must(store.read(question));
}

std::vector<std::string> in_use_by(store::Store& store, Instant end) {
  std::vector<std::string> out;
  for (const CertificateInUse& c : get(store, [&](Session& s) { return s.ending_within({end, end, 0}); })) {
    out.push_back(c.certificate.sha256);
  }
  return out;
}

void put_endpoints(store::Store& store, std::initializer_list<int> numbers) {
  must(store.write([&](Session& session) -> Status {
    for (const int n : numbers) {
      if (auto put = session.put(endpoint(n), "set"); !put) return fail(put.error());
    }
    return {};
  }));
}

TEST_P(Contract, endpoints_come_in_the_order_of_their_names) {
  must(store_->write([](Session& session) -> Status {
    for (const model::EndpointKey& k :
         std::vector<model::EndpointKey>{{"b.example.com", 443, "", "", ""},
                                         {"::1", 443, "", "", ""},
                                         {"a.example.com", 8443, "x", "192.0.2.1", "smtp"},
                                         {"a.example.com", 443, "", "", ""},
                                         {"192.0.2.1", 443, "", "", ""}}) {
      if (auto put = session.put(model::Endpoint{{}, k, "", {}}, ""); !put) return fail(put.error());
    }
    return {};
  }));
  std::vector<std::string> names;
  for (const model::Endpoint& e : get(*store_, [](Session& s) { return s.endpoints(); })) {
    names.push_back(display_name(e.key));
  }
  EXPECT_EQ(names, (std::vector<std::string>{"192.0.2.1:443", "[::1]:443", "a.example.com:443",
                                             "a.example.com:8443", "b.example.com:443"}));
}

TEST_P(Contract, putting_an_endpoint_says_what_it_did) {
  const auto put = [&](const model::Endpoint& e, const std::string& set) {
    return must(store_->write([&](Session& s) { return s.put(e, set); }));
  };
  model::Endpoint one = endpoint(2);
  EXPECT_EQ(put(one, "set"), Put::created);
  EXPECT_EQ(put(one, "set"), Put::unchanged);
  EXPECT_EQ(put(one, "other"), Put::updated);
  one.owner = "mail-team";
  EXPECT_EQ(put(one, "other"), Put::updated);
  one.owner.clear();
  one.tags = {"x"};
  EXPECT_EQ(put(one, "other"), Put::updated);
  const auto all = get(*store_, [](Session& s) { return s.endpoints(); });
  ASSERT_EQ(all.size(), 1U);
  one.id = all[0].id;
  EXPECT_EQ(all[0], one);
  // The five fields are the identity: another SNI is another endpoint.
  one.key.sni = "other.example.com";
  EXPECT_EQ(put(one, "other"), Put::created);
  EXPECT_TRUE(must(store_->write([&](Session& s) { return s.remove_endpoint(one.key); })));
  EXPECT_FALSE(must(store_->write([&](Session& s) { return s.remove_endpoint(one.key); })));
  EXPECT_EQ(get(*store_, [](Session& s) { return s.endpoints(); }).size(), 1U);
  EXPECT_EQ(put(one, "other"), Put::created);
}

TEST_P(Contract, an_observation_comes_back_whole) {
  put_endpoints(*store_, {1});
  const model::Observation seen =
      observation(key(1), "192.0.2.1", clock_.now(), certificate(1, clock_.now() + day));
  observe(*store_, seen);
  model::Observation down;
  down.endpoint = key(1);
  down.address = "2001:db8::1";
  down.at = clock_.now();
  down.status = model::ScanStatus::unreachable;
  down.error = "connection refused";
  observe(*store_, down);
  const auto latest = get(*store_, [](Session& s) { return s.latest_observations(key(1)); });
  EXPECT_EQ(latest, (std::vector{seen, down}));
  EXPECT_TRUE(get(*store_, [](Session& s) { return s.latest_observations(key(2)); }).empty());
}

TEST_P(Contract, certificates_that_are_alike_are_found_with_where_they_are) {
  put_endpoints(*store_, {1, 2, 3});
  std::vector<model::Certificate> made;
  for (int n = 1; n <= 5; ++n) made.push_back(certificate(n, clock_.now() + n * day));
  made[1].key.spki_sha256 = made[0].key.spki_sha256;
  made[2].issuer = made[0].issuer;
  made[2].serial = made[0].serial;
  made[3].key.spki_sha256 = made[0].key.spki_sha256;  // never in use
  made[4].serial = made[0].serial;                    // of another issuer
  made[4].issuer = "CN=Another";
  for (model::Certificate& one : made) one.key.type = "rsa";
  made[2].key.type = "ec";
  for (int n = 1; n <= 3; ++n) observe(*store_, observation(key(n), "192.0.2.9", clock_.now(), made[n - 1]));
  model::Observation chain = observation(key(3), "192.0.2.9", clock_.now(), made[2]);
  chain.chain.push_back(made[3]);
  observe(*store_, chain);
  must(done(
      store_->write([&](Session& s) { return s.import_certificates(std::vector{made[4]}, clock_.now()); })));

  const auto prints = [&](auto&& query) {
    std::vector<std::string> out;
    for (const CertificateInUse& one : get(*store_, query)) {
      out.push_back(one.certificate.sha256);
      for (const auto& deployment : one.deployments) out.push_back(deployment.endpoint.host);
    }
    return out;
  };
  using Strings = std::vector<std::string>;
  EXPECT_EQ(prints([](Session& s) { return s.in_use_alike(inventory::Alike::key); }),
            (Strings{made[0].sha256, key(1).host, made[1].sha256, key(2).host}));
  EXPECT_EQ(prints([](Session& s) { return s.in_use_alike(inventory::Alike::serial); }),
            (Strings{made[0].sha256, key(1).host, made[2].sha256, key(3).host}));
  const Strings wanted = {made[4].key.spki_sha256, made[3].key.spki_sha256, "none"};
  EXPECT_EQ(prints([&](Session& s) { return s.in_use_with_keys(wanted); }),
            (Strings{made[0].sha256, key(1).host, made[1].sha256, key(2).host, made[4].sha256}));
  EXPECT_TRUE(prints([](Session& s) { return s.in_use_with_keys({}); }).empty());

  std::vector<std::pair<std::string, Bytes>> keys;
  std::int64_t after = 0;
  for (std::size_t pieces = 0;; ++pieces) {
    const auto piece = get(*store_, [&](Session& s) { return s.rsa_certificates(after, 3); });
    ASSERT_EQ(piece.size(), pieces == 0 ? 3U : 4 - keys.size());
    if (piece.empty()) break;
    for (const inventory::RsaCertificate& one : piece) keys.emplace_back(one.spki_sha256, one.der);
    after = piece.back().row;
  }
  std::ranges::sort(keys);
  std::vector<std::pair<std::string, Bytes>> expected;
  for (const int n : {0, 1, 3, 4}) expected.emplace_back(made[n].key.spki_sha256, made[n].der);
  std::ranges::sort(expected);
  EXPECT_EQ(keys, expected);
}

TEST_P(Contract, hostile_text_is_kept_as_far_as_text_can_be) {
  put_endpoints(*store_, {1});
  model::Certificate hostile = certificate(1, clock_.now());
  hostile.common_name = std::string("a\0b\xff'\"); DROP TABLE x;--\x1b", 25);
  hostile.subject = std::string(100'000, 'x');
  model::Observation seen = observation(key(1), "192.0.2.1", clock_.now(), hostile);
  seen.checks[0].reason = std::string("nul \0 in the middle", 19);
  observe(*store_, seen);
  const auto stored = get(*store_, [&](Session& s) { return s.certificate(hostile.sha256); });
  ASSERT_TRUE(stored.has_value());
  EXPECT_EQ(stored->certificate.common_name,
            "a\xef\xbf\xbd"
            "b\xef\xbf\xbd'\"); DROP TABLE x;--\x1b");
  EXPECT_EQ(stored->certificate.subject, hostile.subject);
  EXPECT_EQ(stored->certificate.der, hostile.der);
  EXPECT_EQ(get(*store_, [](Session& s) { return s.latest_observations(key(1)); })[0].checks[0].reason,
            "nul \xef\xbf\xbd in the middle");
}

TEST_P(Contract, an_endpoint_that_is_not_there_cannot_be_observed) {
  const auto done = store_->write([&](Session& s) {
    return s.apply(observation(key(1), "192.0.2.1", clock_.now(), certificate(1, clock_.now())), {});
  });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::not_found);
}

TEST_P(Contract, a_deployment_starts_goes_on_is_replaced_and_comes_back) {
  put_endpoints(*store_, {1, 2});
  const Instant start = clock_.now();
  const auto a = certificate(1, start + 10 * day);
  const auto b = certificate(2, start + 90 * day);
  const auto deployments = [&](const model::Certificate& c) {
    return get(*store_, [&](Session& s) { return s.certificate(c.sha256); })->deployments;
  };
  observe(*store_, observation(key(1), "192.0.2.1", start, a));
  observe(*store_, observation(key(2), "192.0.2.2", start, a));
  observe(*store_, observation(key(1), "192.0.2.1", start + day, a));
  EXPECT_EQ(deployments(a),
            (std::vector<inventory::Deployment>{{a.sha256, key(1), "192.0.2.1", start, start + day, true},
                                                {a.sha256, key(2), "192.0.2.2", start, start, true}}));
  observe(*store_, observation(key(1), "192.0.2.1", start + 2 * day, b));
  EXPECT_EQ(deployments(a).size(), 1U);
  EXPECT_EQ(deployments(b), (std::vector<inventory::Deployment>{
                                {b.sha256, key(1), "192.0.2.1", start + 2 * day, start + 2 * day, true}}));
  EXPECT_EQ(get(*store_, [](Session& s) { return s.known_address(key(1), "192.0.2.1"); }).current_leaves,
            std::vector{b.sha256});
  observe(*store_, observation(key(1), "192.0.2.1", start + 3 * day, a));
  EXPECT_EQ(deployments(a)[0],
            (inventory::Deployment{a.sha256, key(1), "192.0.2.1", start, start + 3 * day, true}));
  EXPECT_TRUE(deployments(b).empty());
}

TEST_P(Contract, an_address_serves_several_certificates) {
  put_endpoints(*store_, {1});
  const Instant start = clock_.now();
  const model::Certificate a = certificate(1, start + 10 * day);
  const model::Certificate b = certificate(2, start + 20 * day);
  const model::Certificate c = certificate(3, start + 30 * day);
  const auto leaves = [&] {
    return get(*store_, [](Session& s) { return s.known_address(key(1), "192.0.2.1"); }).current_leaves;
  };
  model::Observation both = observation(key(1), "192.0.2.1", start, a);
  both.other_chains = {{"for ECDSA", true, {b, both.chain.back()}}, {"without a server name", false, {c}}};
  both.others_asked = true;
  observe(*store_, both);
  EXPECT_EQ(leaves(), (std::vector{a.sha256, b.sha256}));
  EXPECT_EQ(in_use_by(*store_, start + 20 * day), (std::vector{a.sha256, b.sha256}));
  EXPECT_EQ(in_use_by(*store_, start + 40 * day).size(), 2U) << "that of another site is no deployment";
  const auto latest = get(*store_, [](Session& s) { return s.latest_observations(key(1)); });
  ASSERT_EQ(latest.size(), 1U);
  EXPECT_EQ(latest[0].other_chains, both.other_chains);
  EXPECT_TRUE(latest[0].others_asked);

  observe(*store_, observation(key(1), "192.0.2.1", start + day, a));
  EXPECT_EQ(leaves(), (std::vector{a.sha256, b.sha256})) << "it did not ask for the other";
  model::Observation renewed = observation(key(1), "192.0.2.1", start + 2 * day, c);
  renewed.other_chains = {{"for ECDSA", true, {b}}};
  renewed.others_asked = true;
  observe(*store_, renewed);
  EXPECT_EQ(leaves(), (std::vector{b.sha256, c.sha256}));
  EXPECT_EQ(in_use_by(*store_, start + 40 * day), (std::vector{b.sha256, c.sha256}));
}

TEST_P(Contract, only_changes_go_into_the_history) {
  put_endpoints(*store_, {1});
  const auto a = certificate(1, clock_.now() + day);
  const auto facts = [&](const model::Observation& seen) {
    const auto known = get(*store_, [&](Session& s) { return s.known_address(seen.endpoint, seen.address); });
    const bool changed = inventory::reconcile(known, seen).facts_changed;
    observe(*store_, seen);
    return changed;
  };
  model::Observation full = observation(key(1), "192.0.2.1", clock_.now(), a);
  model::Observation quick = full;
  quick.checks.pop_back();
  quick.versions.pop_back();
  model::Observation down = full;
  down.status = model::ScanStatus::unreachable;
  down.checks.clear();
  EXPECT_TRUE(facts(full));
  EXPECT_FALSE(facts(full));
  EXPECT_TRUE(facts(quick));
  EXPECT_FALSE(facts(full));
  EXPECT_FALSE(facts(quick));
  EXPECT_TRUE(facts(down));
  EXPECT_FALSE(facts(down));
  EXPECT_TRUE(facts(full));  // it is back
  EXPECT_EQ(must(store_->write([&](Session& s) {
              return s.delete_batch(store::Aged::observations, clock_.now() + day, 100);
            })),
            4);
}

TEST_P(Contract, endpoints_not_reached_lately_are_named) {
  put_endpoints(*store_, {1, 2, 3});
  const Instant start = clock_.now();
  observe(*store_, observation(key(1), "192.0.2.1", start, certificate(1, start)));
  model::Observation down;
  down.endpoint = key(2);
  down.at = start;
  observe(*store_, down);
  const auto names = [&](Instant since) {
    std::vector<std::string> out;
    for (const auto& e : get(*store_, [&](Session& s) { return s.not_seen_since(since); }))
      out.push_back(e.key.host);
    return out;
  };
  const std::string one = key(1).host;
  const std::string two = key(2).host;
  const std::string three = key(3).host;
  EXPECT_EQ(names(start), (std::vector{two, three}));
  EXPECT_EQ(names(start + Seconds(1)), (std::vector{one, two, three}));
}

TEST_P(Contract, imports_count_what_is_new) {
  const Instant now = clock_.now();
  std::vector<model::Certificate> many;
  for (int n = 0; n < 4'500; ++n) many.push_back(certificate(n, now + Seconds(n)));
  many.push_back(many[7]);
  const auto import = [&] {
    return must(store_->write([&](Session& s) { return s.import_certificates(many, now); }));
  };
  EXPECT_EQ(import(), 4'500);
  EXPECT_EQ(import(), 0);
  const auto stored = get(*store_, [&](Session& s) { return s.certificate(many[4'321].sha256); });
  ASSERT_TRUE(stored.has_value());
  EXPECT_EQ(stored->certificate, many[4'321]);
  EXPECT_TRUE(stored->deployments.empty());
  EXPECT_FALSE(get(*store_, [](Session& s) { return s.certificate("no such"); }).has_value());
}

TEST_P(Contract, in_use_is_what_is_served_or_only_imported) {
  put_endpoints(*store_, {1, 2});
  const Instant now = clock_.now();
  const auto old = certificate(1, now + 1 * day);
  const auto renewed = certificate(2, now + 5 * day);
  const auto imported = certificate(3, now + 3 * day);
  observe(*store_, observation(key(1), "192.0.2.1", now, old));
  (void)must(
      store_->write([&](Session& s) { return s.import_certificates(std::vector{imported, old}, now); }));
  // Ordered by the end; intermediates and later ends are not in it.
  EXPECT_EQ(in_use_by(*store_, now + 4 * day), (std::vector{old.sha256, imported.sha256}));
  EXPECT_EQ(in_use_by(*store_, old.not_after), (std::vector{old.sha256}));
  EXPECT_TRUE(in_use_by(*store_, old.not_after - Seconds(1)).empty());
  // Renewed: the old one is not cared for any more, although it was imported.
  observe(*store_, observation(key(1), "192.0.2.1", now + day, renewed));
  EXPECT_EQ(in_use_by(*store_, now + 9 * day), (std::vector{imported.sha256, renewed.sha256}));
  // Served is served, at whatever endpoint; taken out of the inventory is not.
  observe(*store_, observation(key(2), "192.0.2.2", now + day, imported));
  EXPECT_TRUE(must(store_->write([](Session& s) { return s.remove_endpoint(key(1)); })));
  EXPECT_EQ(in_use_by(*store_, now + 9 * day), (std::vector{imported.sha256}));
  EXPECT_TRUE(must(store_->write([](Session& s) { return s.remove_endpoint(key(2)); })));
  EXPECT_TRUE(in_use_by(*store_, now + 9 * day).empty());
  put_endpoints(*store_, {1});
  EXPECT_EQ(in_use_by(*store_, now + 9 * day), (std::vector{renewed.sha256}));
}

TEST_P(Contract, ending_certificates_name_their_deployments) {
  put_endpoints(*store_, {1, 2});
  const Instant now = clock_.now();
  const auto shared = certificate(1, now + day);
  observe(*store_, observation(key(2), "192.0.2.9", now, shared));
  observe(*store_, observation(key(1), "192.0.2.1", now, shared));
  const auto ending = get(*store_, [&](Session& s) { return s.ending_within({now, now + day, 0}); });
  ASSERT_EQ(ending.size(), 1U);
  model::Certificate lean = shared;
  lean.der.clear();
  EXPECT_EQ(ending[0].certificate, lean);
  EXPECT_EQ(ending[0].deployments,
            (std::vector<inventory::Deployment>{{shared.sha256, key(1), "192.0.2.1", now, now, true},
                                                {shared.sha256, key(2), "192.0.2.9", now, now, true}}));
}

TEST_P(Contract, lists_of_endpoints_and_certificates_show_what_stands_beside_them) {
  put_endpoints(*store_, {1, 2});
  const Instant now = clock_.now();
  const auto served = certificate(1, now + day);
  const auto imported = certificate(3, now + 2 * day);
  observe(*store_, observation(key(1), "192.0.2.1", now, served));
  (void)must(store_->write([&](Session& s) { return s.import_certificates(std::vector{imported}, now); }));

  std::vector<store::EndpointRow> endpoints;
  std::vector<store::CertificateRow> certificates;
  must(store_->read([&](Session& s) -> Status {
    if (auto done = s.each_endpoint([&](const store::EndpointRow& row) -> Status {
          endpoints.push_back(row);
          return {};
        });
        !done)
      return done;
    return s.each_certificate({now + 2 * day, CertificateFilter::Use::in_use},
                              [&](const store::CertificateRow& row) -> Status {
                                certificates.push_back(row);
                                return {};
                              });
  }));
  ASSERT_EQ(endpoints.size(), 2U);
  EXPECT_EQ(endpoints[0].leaf_common_name, "host1.example.com");
  EXPECT_EQ(endpoints[0].leaf_sha256, served.sha256);
  EXPECT_EQ(endpoints[0].leaf_not_after, served.not_after);
  EXPECT_EQ(endpoints[0].last_status, model::ScanStatus::scanned);
  EXPECT_EQ(endpoints[0].last_seen, now);
  EXPECT_EQ(endpoints[0].managed_by, "set");
  EXPECT_EQ(endpoints[1].endpoint.owner, "web-team");
  EXPECT_EQ(endpoints[1].last_status, std::nullopt);
  EXPECT_EQ(endpoints[1].leaf_sha256, "");
  ASSERT_EQ(certificates.size(), 2U);
  EXPECT_EQ(certificates[0].place, "host1.example.com:443");
  EXPECT_EQ(certificates[0].deployments, 1);
  EXPECT_FALSE(certificates[0].imported);
  EXPECT_EQ(certificates[1].place, "");
  EXPECT_TRUE(certificates[1].imported);
  EXPECT_TRUE(certificates[1].in_use);
  EXPECT_EQ(certificates[1].certificate.common_name, imported.common_name);
}

TEST_P(Contract, what_was_not_reached_is_named_until_it_is) {
  put_endpoints(*store_, {1, 2, 3});
  const Instant now = clock_.now();
  const auto failed = [&](int n, const std::string& address, Instant at, const std::string& error) {
    model::Observation seen;
    seen.endpoint = key(n);
    seen.address = address;
    seen.at = at;
    seen.error = error;
    observe(*store_, seen);
  };
  failed(1, "192.0.2.1", now, "port 443 is closed");
  failed(2, "", now, "no such name");
  failed(3, "192.0.2.3", now - Seconds(1), "an earlier run's");
  const auto list = [&] {
    std::vector<store::FailedScan> out;
    must(store_->read([&](Session& s) {
      return s.each_failed_scan(now, [&](const store::FailedScan& scan) -> Status {
        out.push_back(scan);
        return {};
      });
    }));
    return out;
  };
  const auto shown = [&] {
    std::vector<std::string> out;
    must(store_->read([&](Session& s) {
      return s.each_endpoint([&](const store::EndpointRow& row) -> Status {
        out.push_back(row.last_error);
        return {};
      });
    }));
    return out;
  };
  constexpr auto unreachable = model::ScanStatus::unreachable;
  const store::FailedScan unresolved{key(2), "", unreachable, "no such name"};
  EXPECT_EQ(list(), (std::vector<store::FailedScan>{{key(1), "192.0.2.1", unreachable, "port 443 is closed"},
                                                    unresolved}));
  EXPECT_EQ(shown(), (std::vector<std::string>{"port 443 is closed", "no such name", "an earlier run's"}));
  observe(*store_, observation(key(1), "192.0.2.1", now, certificate(1, now + day)));
  EXPECT_EQ(list(), (std::vector{unresolved}));
  EXPECT_EQ(shown().front(), "");
}

TEST_P(Contract, a_list_ends_where_its_reader_wants) {
  put_endpoints(*store_, {1, 2, 3});
  int rows = 0;
  const auto done = store_->read([&](Session& s) {
    return s.each_endpoint([&](const store::EndpointRow&) -> Status {
      return ++rows == 2 ? fail(ErrorKind::cancelled, "enough") : Status{};
    });
  });
  EXPECT_EQ(rows, 2);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::cancelled);
  // The abandoned statement holds nothing.
  put_endpoints(*store_, {4});
  EXPECT_EQ(get(*store_, [](Session& s) { return s.endpoints(); }).size(), 4U);
}

}  // namespace
}  // namespace certherald::contract
