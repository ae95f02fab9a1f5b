#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "contract.hpp"

namespace certherald::contract {
namespace {

using model::DeliveryState;
using outbox::Claimed;
using Hold = outbox::Repository::Hold;
using store::Session;

constexpr Seconds lease{60};

std::vector<Claimed> claim(store::Store& store, const std::string& worker, Instant now,
                           std::size_t limit = 100) {
  return must(store.outbox().claim("desk", worker, now, lease, limit));
}

std::vector<std::int64_t> ids(const std::vector<Claimed>& claimed) {
  std::vector<std::int64_t> out;
  for (const Claimed& c : claimed) out.push_back(c.delivery.id.value);
  return out;
}

model::Ticket ticket_of(const Claimed& claimed, Instant at) {
  model::Ticket out;
  out.connection = claimed.delivery.connection;
  out.key = claimed.delivery.draft.key;
  out.subject = claimed.delivery.draft.subject;
  out.remote = {"1001", "INC1001", "https://desk.example.com/1001", "Open", true};
  out.created_at = at;
  out.updated_at = at;
  return out;
}

void finish(store::Store& store, Claimed claimed, DeliveryState state, Instant at) {
  claimed.delivery.state = state;
  std::optional<model::Ticket> ticket;
  if (state == DeliveryState::done) ticket = ticket_of(claimed, at);
  must(store.outbox().save(claimed, ticket, Hold::release));
}

TEST_P(Contract, a_delivery_comes_back_whole) {
  const auto about = put_finding(*store_, 1, clock_.now());
  const auto added = put_delivery(*store_, about, 0, "k1", clock_.now());
  auto claimed = claim(*store_, "w1", clock_.now());
  ASSERT_EQ(claimed.size(), 1U);
  EXPECT_EQ(claimed[0].delivery, added);
  EXPECT_EQ(claimed[0].lease.worker, "w1");
  EXPECT_EQ(claimed[0].lease.epoch, 1);
  EXPECT_EQ(claimed[0].lease.until, clock_.now() + lease);
  EXPECT_FALSE(claimed[0].ticket.has_value());
  // A state written by one holder is what the next one gets.
  claimed[0].delivery.state = DeliveryState::unknown;
  claimed[0].delivery.attempts = 3;
  claimed[0].delivery.creates = 2;
  claimed[0].delivery.sent_at = clock_.now();
  claimed[0].delivery.next_at = clock_.now() + Seconds(5);
  claimed[0].delivery.last_error = "the connection was cut";
  must(store_->outbox().save(claimed[0], {}, Hold::release));
  EXPECT_TRUE(claim(*store_, "w2", clock_.now() + Seconds(4)).empty());
  const auto again = claim(*store_, "w2", clock_.now() + Seconds(5));
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].delivery, claimed[0].delivery);
  EXPECT_EQ(again[0].lease.epoch, 2);
}

TEST_P(Contract, one_key_goes_in_order_and_keys_go_side_by_side) {
  const auto about = put_finding(*store_, 1, clock_.now());
  const Instant now = clock_.now();
  const auto a1 = put_delivery(*store_, about, 1, "a", now).id.value;
  const auto b1 = put_delivery(*store_, about, 2, "b", now).id.value;
  const auto a2 = put_delivery(*store_, about, 3, "a", now).id.value;
  const auto c1 = put_delivery(*store_, about, 4, "c", now + Seconds(50)).id.value;

  const auto first = claim(*store_, "w1", now);
  EXPECT_EQ(ids(first), (std::vector{a1, b1}));
  EXPECT_TRUE(claim(*store_, "w2", now).empty());
  finish(*store_, first[1], DeliveryState::done, now);
  EXPECT_TRUE(claim(*store_, "w2", now).empty());  // a2 waits for a1
  // Parked is not final: what comes after it for the key waits for a person.
  finish(*store_, first[0], DeliveryState::parked, now);
  EXPECT_TRUE(claim(*store_, "w2", now).empty());
  EXPECT_EQ(ids(claim(*store_, "w2", now + Seconds(50))), (std::vector{c1}));
  must(store_->write([&](Session& s) { return s.drop_delivery({a1}); }));
  EXPECT_EQ(ids(claim(*store_, "w2", now)), (std::vector{a2}));
}

TEST_P(Contract, claims_keep_to_their_limit_oldest_first) {
  const auto about = put_finding(*store_, 1, clock_.now());
  std::vector<std::int64_t> added;
  for (int n = 1; n <= 5; ++n) {
    added.push_back(put_delivery(*store_, about, n, fmt::format("k{}", n), clock_.now()).id.value);
  }
  EXPECT_EQ(ids(claim(*store_, "w1", clock_.now(), 2)), (std::vector{added[0], added[1]}));
  EXPECT_EQ(ids(claim(*store_, "w2", clock_.now(), 9)), (std::vector{added[2], added[3], added[4]}));
  EXPECT_TRUE(must(store_->outbox().claim("other", "w1", clock_.now(), lease, 9)).empty());
}

TEST_P(Contract, whoever_loses_the_lease_writes_nothing) {
  const auto about = put_finding(*store_, 1, clock_.now());
  (void)put_delivery(*store_, about, 0, "k1", clock_.now());
  auto stalled = claim(*store_, "w1", clock_.now());
  ASSERT_EQ(stalled.size(), 1U);
  clock_.advance(lease - Seconds(1));
  EXPECT_TRUE(claim(*store_, "w2", clock_.now()).empty());
  clock_.advance(Seconds(1));
  auto taken = claim(*store_, "w2", clock_.now());
  ASSERT_EQ(taken.size(), 1U);
  EXPECT_GT(taken[0].lease.epoch, stalled[0].lease.epoch);

  stalled[0].delivery.state = DeliveryState::done;
  for (const Hold hold : {Hold::keep, Hold::release}) {
    const auto late = store_->outbox().save(stalled[0], ticket_of(stalled[0], clock_.now()), hold);
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().kind, ErrorKind::conflict);
  }
  int tickets = 0;
  must(store_->read([&](Session& s) {
    return s.each_ticket([&](const store::TicketRow&) -> Status {
      ++tickets;
      return {};
    });
  }));
  EXPECT_EQ(tickets, 0);
  finish(*store_, taken[0], DeliveryState::done, clock_.now());
  // Given back is lost too.
  EXPECT_FALSE(store_->outbox().save(taken[0], {}, Hold::release));
}

TEST_P(Contract, a_worker_cannot_write_with_a_lease_it_took_twice) {
  const auto about = put_finding(*store_, 1, clock_.now());
  (void)put_delivery(*store_, about, 0, "k1", clock_.now());
  const auto before = claim(*store_, "w1", clock_.now());
  clock_.advance(lease);
  const auto after = claim(*store_, "w1", clock_.now());
  ASSERT_EQ(after.size(), 1U);
  EXPECT_FALSE(store_->outbox().save(before.at(0), {}, Hold::keep));
  EXPECT_TRUE(store_->outbox().save(after[0], {}, Hold::keep));
}

TEST_P(Contract, keeping_a_lease_prolongs_it) {
  const auto about = put_finding(*store_, 1, clock_.now());
  (void)put_delivery(*store_, about, 0, "k1", clock_.now());
  auto held = claim(*store_, "w1", clock_.now());
  clock_.advance(Seconds(50));
  held[0].delivery.state = DeliveryState::sending;
  must(store_->outbox().save(held[0], {}, Hold::keep));
  clock_.advance(Seconds(59));
  EXPECT_TRUE(claim(*store_, "w2", clock_.now()).empty());
  clock_.advance(Seconds(1));
  const auto taken = claim(*store_, "w2", clock_.now());
  ASSERT_EQ(taken.size(), 1U);
  EXPECT_EQ(taken[0].delivery.state, DeliveryState::sending);  // its outcome is unknown to the new holder
}

TEST_P(Contract, a_ticket_is_one_for_each_key_and_knows_its_finding) {
  const auto about = put_finding(*store_, 1, clock_.now());
  (void)put_delivery(*store_, about, 0, "k1", clock_.now());
  finish(*store_, claim(*store_, "w1", clock_.now())[0], DeliveryState::done, clock_.now());
  (void)put_delivery(*store_, about, 0, "k1", clock_.now() + Seconds(9));
  auto note = claim(*store_, "w1", clock_.now() + Seconds(9));
  ASSERT_EQ(note.size(), 1U);
  ASSERT_TRUE(note[0].ticket.has_value());
  EXPECT_EQ(note[0].ticket->finding, about.id);
  EXPECT_EQ(note[0].ticket->remote.number, "INC1001");
  model::Ticket closed = *note[0].ticket;
  closed.remote.open = false;
  closed.remote.status = "Closed";
  closed.duplicates = 1;
  closed.updated_at = clock_.now() + Seconds(9);
  note[0].delivery.state = DeliveryState::done;
  must(store_->outbox().save(note[0], closed, Hold::release));
  std::vector<store::TicketRow> tickets;
  must(store_->read([&](Session& s) {
    return s.each_ticket([&](const store::TicketRow& row) -> Status {
      tickets.push_back(row);
      return {};
    });
  }));
  ASSERT_EQ(tickets.size(), 1U);
  EXPECT_EQ(tickets[0].ticket, closed);
  EXPECT_EQ(tickets[0].check, "weak_ciphers");
  EXPECT_EQ(tickets[0].subject_text, about.subject.text);
}

TEST_P(Contract, what_is_due_next_can_be_claimed_then) {
  const std::vector<std::string> desk = {"desk"};
  const auto next = [&] { return must(store_->outbox().next_due(desk)); };
  EXPECT_EQ(next(), std::nullopt);
  EXPECT_TRUE(must(store_->outbox().connections_with_work()).empty());
  const Instant now = clock_.now();
  const auto about = put_finding(*store_, 1, now);
  (void)put_delivery(*store_, about, 1, "a", now + Seconds(30));
  (void)put_delivery(*store_, about, 2, "a", now);  // behind the first
  EXPECT_EQ(must(store_->outbox().connections_with_work()), desk);
  EXPECT_EQ(next(), now + Seconds(30));
  EXPECT_EQ(must(store_->outbox().next_due({"other"})), std::nullopt);
  auto held = claim(*store_, "w1", now + Seconds(30));
  ASSERT_EQ(held.size(), 1U);
  EXPECT_EQ(next(), now + Seconds(30) + lease);
  finish(*store_, held[0], DeliveryState::parked, now);
  EXPECT_EQ(next(), std::nullopt);  // nothing can move before a person decides
  must(store_->write([&](Session& s) { return s.retry_parked(held[0].delivery.id); }));
  EXPECT_EQ(next(), clock_.now());
  const auto retried = claim(*store_, "w1", clock_.now());
  ASSERT_EQ(retried.size(), 1U);
  EXPECT_EQ(retried[0].delivery.state, DeliveryState::unknown);  // it may have been sent: look it up first
}

TEST_P(Contract, a_person_gives_up_what_is_neither_final_nor_under_way) {
  const auto about = put_finding(*store_, 1, clock_.now());
  const auto id = put_delivery(*store_, about, 1, "a", clock_.now()).id;
  const auto drop = [&] { return store_->write([&](Session& s) { return s.drop_delivery(id); }); };
  auto held = claim(*store_, "w1", clock_.now());
  ASSERT_EQ(held.size(), 1U);
  EXPECT_EQ(drop().error().message, fmt::format("delivery {} is under way", id.value));
  held[0].delivery.state = DeliveryState::sending;
  must(store_->outbox().save(held[0], {}, Hold::keep));
  clock_.advance(lease);
  must(drop());  // whoever held it died
  const Status late = store_->outbox().save(held[0], {}, Hold::release);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().kind, ErrorKind::conflict);
  EXPECT_EQ(drop().error().message, fmt::format("delivery {} is dropped already", id.value));
  EXPECT_TRUE(claim(*store_, "w2", clock_.now()).empty());
  const Status unknown = store_->write([&](Session& s) { return s.drop_delivery({4'711}); });
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().kind, ErrorKind::not_found);
}

TEST_P(Contract, two_workers_on_two_stores_never_hold_the_same) {
  const auto about = put_finding(*store_, 1, clock_.now());
  constexpr int count = 60;
  for (int n = 1; n <= count; ++n)
    (void)put_delivery(*store_, about, n, fmt::format("k{}", n % 20), clock_.now());

  std::array<std::vector<std::int64_t>, 2> done;
  std::array<std::string, 2> problems;
  std::vector<std::thread> workers;
  for (std::size_t w = 0; w < 2; ++w) {
    workers.emplace_back([&, w] {
      try {
        const auto mine = open_another();
        while (true) {
          const auto held = claim(*mine, fmt::format("w{}", w), clock_.now(), 3);
          if (held.empty()) {
            if (!must(mine->outbox().next_due({"desk"}))) return;
            continue;
          }
          for (const Claimed& one : held) {
            finish(*mine, one, DeliveryState::done, clock_.now());
            done[w].push_back(one.delivery.id.value);
          }
        }
      } catch (const std::exception& error) {
        problems[w] = error.what();
      }
    });
  }
  for (std::thread& worker : workers) worker.join();
  EXPECT_EQ(problems, (std::array<std::string, 2>{}));
  std::multiset<std::int64_t> all(done[0].begin(), done[0].end());
  all.insert(done[1].begin(), done[1].end());
  EXPECT_EQ(all.size(), static_cast<std::size_t>(count));
  EXPECT_EQ(std::set<std::int64_t>(all.begin(), all.end()).size(), static_cast<std::size_t>(count));
  for (const auto& order : done) EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

// Who holds which key now; a key that two hold is a problem.
class Holders {
 public:
  void take(const std::string& key) {
    const std::scoped_lock lock(mutex_);
    if (!held_.insert(key).second) shared_.push_back(key);
  }
  void give_back(const std::string& key) {
    const std::scoped_lock lock(mutex_);
    held_.erase(key);
  }
  [[nodiscard]] const std::vector<std::string>& shared() const { return shared_; }

 private:
  std::mutex mutex_;
  std::set<std::string> held_;
  std::vector<std::string> shared_;
};

TEST_P(Contract, two_claimers_of_500_deliveries_never_share_a_key) {
  const auto about = put_finding(*store_, 1, clock_.now());
  constexpr int count = 500;
  must(store_->write([&](Session& s) -> Status {
    for (int n = 1; n <= count; ++n) {
      const auto told = s.add(notice(about.id, n, clock_.now()));
      if (!told) return fail(told.error());
      if (auto added = s.add(delivery(told->id, fmt::format("k{}", n % 40), clock_.now())); !added)
        return fail(added.error());
    }
    return {};
  }));
  Holders holders;
  std::array<std::vector<std::pair<std::string, std::int64_t>>, 2> done;
  std::array<std::string, 2> problems;
  std::vector<std::thread> claimers;
  for (std::size_t c = 0; c < 2; ++c) {
    claimers.emplace_back([&, c] {
      try {
        const auto mine = open_another();
        while (must(mine->outbox().next_due({"desk"}))) {
          const auto held = claim(*mine, fmt::format("w{}", c), clock_.now(), 7);
          for (const Claimed& one : held) holders.take(one.delivery.draft.key);
          for (const Claimed& one : held) {
            holders.give_back(one.delivery.draft.key);
            finish(*mine, one, DeliveryState::done, clock_.now());
            done[c].emplace_back(one.delivery.draft.key, one.delivery.id.value);
          }
        }
      } catch (const std::exception& error) {
        problems[c] = error.what();
      }
    });
  }
  for (std::thread& claimer : claimers) claimer.join();
  EXPECT_EQ(problems, (std::array<std::string, 2>{}));
  EXPECT_EQ(holders.shared(), std::vector<std::string>{});
  EXPECT_EQ(done[0].size() + done[1].size(), static_cast<std::size_t>(count));
  for (const auto& mine : done) {
    std::map<std::string, std::int64_t> last;
    for (const auto& [key, id] : mine) {
      EXPECT_LT(last[key], id) << key;
      last[key] = id;
    }
  }
}

TEST_P(Contract, deliveries_are_listed_by_run_and_state) {
  const auto about = put_finding(*store_, 1, clock_.now());
  const auto run = must(store_->write([&](Session& s) {
                     model::Run begun;
                     begun.started_at = clock_.now();
                     return s.begin_run(begun, "w", Seconds(60));
                   })).run;
  const auto of_run = must(store_->write([&](Session& s) -> Result<model::Delivery> {
    model::Notice told = notice(about.id, 1, clock_.now());
    told.run = run.id;
    const auto added = s.add(told);
    if (!added) return fail(added.error());
    return s.add(delivery(added->id, "a", clock_.now()));
  }));
  (void)put_delivery(*store_, about, 2, "b", clock_.now());
  const auto list = [&](const store::DeliveryFilter& filter) {
    std::vector<store::DeliveryRow> out;
    must(store_->read([&](Session& s) {
      return s.each_delivery(filter, [&](const store::DeliveryRow& row) -> Status {
        out.push_back(row);
        return {};
      });
    }));
    return out;
  };
  using Which = store::DeliveryFilter::Which;
  EXPECT_EQ(list({}).size(), 2U);
  const auto one = list({Which::unfinished, run.id});
  ASSERT_EQ(one.size(), 1U);
  EXPECT_EQ(one[0].delivery, of_run);
  EXPECT_EQ(one[0].run, run.id);
  EXPECT_EQ(one[0].check, "weak_ciphers");
  finish(*store_, claim(*store_, "w1", clock_.now())[0], DeliveryState::done, clock_.now());
  EXPECT_TRUE(list({Which::unfinished, run.id}).empty());
  EXPECT_EQ(list({Which::all, run.id}).size(), 1U);
  EXPECT_EQ(list({Which::unfinished, {}}).size(), 1U);
}

}  // namespace
}  // namespace certherald::contract
