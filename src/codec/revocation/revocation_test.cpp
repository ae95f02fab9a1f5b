#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/time_text.hpp"
#include "codec/revocation/crl.hpp"
#include "codec/revocation/ocsp.hpp"
#include "codec/revocation/sources.hpp"
#include "codec/x509/test_files.hpp"

namespace certherald::codec::revocation {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using enum RevocationState;

const Instant now = *from_iso8601("2027-01-01T00:00:00Z");
const Instant late = *from_iso8601("2200-01-01T00:00:00Z");

std::string text(const std::string& name) { return test_file("revocation/" + name); }

Bytes bytes(const std::string& name) {
  const std::string all = text(name);
  return {as_bytes(all).begin(), as_bytes(all).end()};
}

Crl list(const std::string& name) {
  auto crl = Crl::parse(text(name));
  if (!crl) ADD_FAILURE() << name << ": " << describe(crl.error());
  return *crl;
}

RevocationAnswer listed(const std::string& crl, const std::string& leaf, Instant at = now) {
  return look_up(list(crl + ".crl"), bytes(leaf + ".der"), at);
}

RevocationAnswer told(const std::string& response, const std::string& leaf, Instant at = now,
                      const Bytes& request = {}) {
  return read_ocsp(bytes(response + ".ocsp"), bytes(leaf + ".der"), bytes("ca.der"), at, request);
}

TEST(Sources, what_a_certificate_names) {
  const auto good = revocation_sources(bytes("good.der"));
  EXPECT_THAT(good.crl, ElementsAre("http://crl.example.com/one.crl"));
  EXPECT_THAT(good.ocsp, ElementsAre("http://ocsp.example.com/"));
  EXPECT_THAT(good.issuer, ElementsAre("http://ca.example.com/ca.der"));
  EXPECT_FALSE(good.must_staple);
  EXPECT_TRUE(revocation_sources(bytes("staple.der")).must_staple);
  EXPECT_TRUE(revocation_sources(bytes("plain.der")).none());
  EXPECT_TRUE(revocation_sources({}).none());
}

TEST(Sources, what_cannot_be_used_is_counted) {
  const auto odd = revocation_sources(bytes("odd.der"));
  EXPECT_THAT(odd.crl, ElementsAre("http://crl.example.com/one.crl"));
  EXPECT_EQ(odd.unusable, 1);
  EXPECT_TRUE(odd.other_crl_issuer);
  EXPECT_TRUE(odd.delta_named);
}

TEST(Sources, issuers_and_keys) {
  EXPECT_TRUE(issued_by(bytes("good.der"), bytes("ca.der")));
  EXPECT_FALSE(issued_by(bytes("good.der"), bytes("same_name.der")));
  EXPECT_NE(status_key(bytes("good.der"), bytes("ca.der")), status_key(bytes("held.der"), bytes("ca.der")));
  EXPECT_NE(status_key(bytes("good.der"), bytes("ca.der")),
            status_key(bytes("good.der"), bytes("same_name.der")));
  EXPECT_EQ(status_key({}, bytes("ca.der")), "");
}

TEST(Lists, say_good_and_revoked_with_reason_and_date) {
  EXPECT_EQ(listed("list_plain", "good").state, good);
  const auto revoked_one = listed("list_plain", "revoked");
  EXPECT_EQ(revoked_one.state, revoked);
  EXPECT_EQ(revoked_one.reason, "keyCompromise");
  EXPECT_EQ(to_iso8601(revoked_one.revoked_at), "2026-10-01T12:00:00Z");
  EXPECT_EQ(listed("list_plain", "held").reason, "certificateHold") << "its serial has a leading zero byte";
  EXPECT_EQ(listed("list_plain", "removed").state, good);
}

TEST(Lists, are_believed_only_when_their_issuer_signed_them) {
  EXPECT_TRUE(list("list_plain.crl").verify(bytes("ca.der")));
  EXPECT_TRUE(list("list_plain.pem").verify(bytes("ca.der")));
  EXPECT_THAT(describe(list("list_same_name.crl").verify(bytes("ca.der")).error()), HasSubstr("signature"));
  EXPECT_THAT(describe(list("list_plain.crl").verify(bytes("good.der")).error()),
              HasSubstr("another issuer"));
  EXPECT_THAT(describe(list("list_no_crl_sign.crl").verify(bytes("no_crl_sign.der")).error()),
              HasSubstr("may not sign"));
  std::string changed = text("list_plain.crl");
  changed[changed.find("\x10\x02")] ^= 1;  // the serial of the revoked one
  EXPECT_FALSE(Crl::parse(changed)->verify(bytes("ca.der")));
  EXPECT_FALSE(list("list_plain.crl").verify({}));
}

struct OutsideRow {
  std::string crl;
  std::string leaf;
  std::string why;  // "": it is covered
};

TEST(Lists, do_not_speak_of_what_they_do_not_cover) {
  for (const OutsideRow& row : std::vector<OutsideRow>{{"list_one", "good", ""},
                                                       {"list_other", "good", "another list"},
                                                       {"list_users", "good", ""},
                                                       {"list_users", "ca", "no authority"},
                                                       {"list_authorities", "good", "of authorities"},
                                                       {"list_reasons", "good", "some of the reasons"},
                                                       {"list_indirect", "good", "indirect"},
                                                       {"list_delta", "good", "delta"},
                                                       {"list_unknown", "good", "not understood"},
                                                       {"list_expired", "good", "good until 2026-10-01"},
                                                       {"list_future", "good", "in the future"}}) {
    const auto answer = listed(row.crl, row.leaf);
    EXPECT_EQ(answer.state, row.why.empty() ? good : unknown) << row.crl << " " << row.leaf;
    EXPECT_THAT(answer.detail, HasSubstr(row.why)) << row.crl;
  }
  EXPECT_EQ(listed("list_reasons", "revoked").state, revoked);
  EXPECT_EQ(listed("list_plain", "revoked", late).state, unknown);
}

TEST(Lists, that_are_cut_or_followed_by_something_are_none) {
  const std::string whole = text("list_plain.crl");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(Crl::parse(whole.substr(0, size))) << size;
  }
  EXPECT_FALSE(Crl::parse(whole + '\0'));
  EXPECT_FALSE(Crl::parse("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"));
  EXPECT_EQ(Crl::parse(std::string(max_crl_size + 1, '0')).error().kind, ErrorKind::too_large);
}

TEST(Responses, of_the_issuer_or_whom_it_vouches_for) {
  EXPECT_EQ(told("says_good", "good").state, good);
  EXPECT_EQ(told("by_responder", "good").state, good);
  EXPECT_THAT(told("by_impostor", "good").detail, HasSubstr("not signed by"));
  EXPECT_THAT(told("by_stranger", "good").detail, HasSubstr("not signed by"));
  const auto other = read_ocsp(bytes("says_good.ocsp"), bytes("good.der"), bytes("same_name.der"), now);
  EXPECT_THAT(other.detail, HasSubstr("another certificate"));
}

TEST(Responses, tell_who_was_revoked) {
  const auto answer = told("says_revoked", "revoked");
  EXPECT_EQ(answer.state, revoked);
  EXPECT_EQ(answer.reason, "keyCompromise");
  EXPECT_EQ(to_iso8601(answer.revoked_at), "2026-10-01T12:00:00Z");
  EXPECT_EQ(told("says_held", "held").reason, "certificateHold");
  EXPECT_EQ(told("says_staple", "staple").state, good);
}

TEST(Responses, that_do_not_count) {
  EXPECT_THAT(told("says_good", "revoked").detail, HasSubstr("another certificate"));
  EXPECT_THAT(told("says_unknown", "plain").detail, HasSubstr("does not know"));
  EXPECT_THAT(told("unauthorized", "good").detail, HasSubstr("unauthorized"));
  EXPECT_THAT(told("try_later", "good").detail, HasSubstr("tryLater"));
  EXPECT_EQ(told("says_good", "good", late).state, unknown);
  EXPECT_THAT(told("says_good", "good", *from_iso8601("2020-01-01T00:00:00Z")).state, unknown);
  const Bytes huge(max_ocsp_size + 1);
  EXPECT_THAT(read_ocsp(huge, bytes("good.der"), bytes("ca.der"), now).detail, HasSubstr("too large"));
  const Bytes whole = bytes("says_good.ocsp");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_EQ(read_ocsp(ByteView(whole).first(size), bytes("good.der"), bytes("ca.der"), now).state, unknown);
  }
}

TEST(Responses, with_a_changed_byte_never_count_as_good) {
  const Bytes leaf = bytes("good.der");
  const Bytes issuer = bytes("ca.der");
  Bytes response = bytes("says_revoked.ocsp");
  for (std::uint8_t& byte : response) {
    byte ^= 1;
    EXPECT_NE(read_ocsp(response, leaf, issuer, now).state, good);
    byte ^= 1;
  }
}

TEST(Requests, carry_a_nonce_where_asked) {
  const Bytes nonce(16, 7);
  const auto with = ocsp_request(bytes("good.der"), bytes("ca.der"), nonce);
  const auto without = ocsp_request(bytes("good.der"), bytes("ca.der"));
  ASSERT_TRUE(with && without);
  EXPECT_GT(with->size(), without->size() + nonce.size());
  EXPECT_EQ(told("says_good", "good", now, *with).state, good) << "most responders leave it out";
  EXPECT_THAT(told("with_nonce", "good", now, *with).detail, HasSubstr("another request"));
  EXPECT_FALSE(ocsp_request({}, bytes("ca.der")));
}

TEST(Times, have_some_skew_and_an_end) {
  using std::chrono::days;
  EXPECT_FALSE(out_of_time(now + clock_skew, now + days(1), now));
  EXPECT_TRUE(out_of_time(now + clock_skew + Seconds(1), now + days(1), now));
  EXPECT_FALSE(out_of_time(now - days(1), now - clock_skew, now));
  EXPECT_TRUE(out_of_time(now - days(1), now - clock_skew - Seconds(1), now));
  EXPECT_FALSE(out_of_time(now - days(7), std::nullopt, now));
  EXPECT_TRUE(out_of_time(now - days(8), std::nullopt, now));
}

TEST(Times, reasons_have_names) {
  EXPECT_EQ(reason_name(1), "keyCompromise");
  EXPECT_EQ(reason_name(7), "reason 7");
  EXPECT_EQ(reason_name(-1), "reason -1");
}

}  // namespace
}  // namespace certherald::codec::revocation
