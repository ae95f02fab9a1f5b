#include "store/soci_engine.hpp"

#include <algorithm>

namespace certherald::store {
namespace {

// A parameter beyond this is not kept in memory for the next run.
constexpr std::size_t keep_text = 65'536;

// SOCI's exceptions end here.
template <class F>
auto translated(const SociEngine& engine, F&& body) {
  try {
    return body();
  } catch (const soci::soci_error& error) {
    throw DatabaseError(engine.explain(error));
  }
}

class SociCursor final : public Cursor {
 public:
  SociCursor(SociEngine& engine, std::shared_ptr<SociStatement> statement)
      : engine_(engine), statement_(std::move(statement)) {
    statement_->in_use = true;
  }
  SociCursor(const SociCursor&) = delete;
  SociCursor& operator=(const SociCursor&) = delete;
  ~SociCursor() override {
    engine_.rewind(statement_->statement);
    statement_->in_use = false;
  }

  void start(std::span<const Param> params) {
    for (std::size_t i = 0; i < params.size(); ++i) {
      SociStatement::Slot& slot = *statement_->in[i];
      slot.integer = params[i].integer;
      slot.text = params[i].text;
      slot.indicator = params[i].null ? soci::i_null : soci::i_ok;
    }
    translated(engine_, [&] { return statement_->statement.execute(statement_->out.empty()); });
  }

  bool step() override {
    return translated(engine_, [&] { return statement_->statement.fetch(); });
  }
  [[nodiscard]] bool null(std::size_t column) const override {
    return statement_->out[column]->indicator == soci::i_null;
  }
  [[nodiscard]] std::int64_t integer(std::size_t column) const override {
    refuse_null(column);
    return statement_->out[column]->integer;
  }
  [[nodiscard]] std::string take_text(std::size_t column) override {
    refuse_null(column);
    return std::move(statement_->out[column]->text);
  }
  [[nodiscard]] std::int64_t changed() override {
    return translated(engine_, [&] { return statement_->statement.get_affected_rows(); });
  }

 private:
  void refuse_null(std::size_t column) const {
    if (!null(column)) return;
    throw DatabaseError({ErrorKind::storage, fmt::format("a value is missing in column {} of a row", column),
                         "run certherald doctor"});
  }

  SociEngine& engine_;
  std::shared_ptr<SociStatement> statement_;
};

}  // namespace

SociStatement::SociStatement(soci::session& session, const std::string& sql, std::span<const Param> params,
                             std::span<const ValueKind> columns)
    : statement(session) {
  for (const Param& param : params) {
    in.push_back(std::make_unique<Slot>());
    Slot& slot = *in.back();
    slot.kind = param.kind;
    if (slot.kind == ValueKind::integer) {
      statement.exchange(soci::use(slot.integer, slot.indicator));
    } else {
      statement.exchange(soci::use(slot.text, slot.indicator));
    }
  }
  for (const ValueKind kind : columns) {
    out.push_back(std::make_unique<Slot>());
    Slot& slot = *out.back();
    slot.kind = kind;
    if (kind == ValueKind::integer) {
      statement.exchange(soci::into(slot.integer, slot.indicator));
    } else {
      statement.exchange(soci::into(slot.text, slot.indicator));
    }
  }
  statement.alloc();
  statement.prepare(sql);
  statement.define_and_bind();
}

bool SociStatement::fits(std::span<const Param> params, std::span<const ValueKind> columns) const {
  return std::ranges::equal(
             in, params, {}, [](const auto& slot) { return slot->kind; }, &Param::kind) &&
         std::ranges::equal(out, columns, {}, [](const auto& slot) { return slot->kind; });
}

std::unique_ptr<Cursor> SociEngine::start(std::shared_ptr<SociStatement> statement,
                                          std::span<const Param> params) {
  auto cursor = std::make_unique<SociCursor>(*this, std::move(statement));
  cursor->start(params);
  return cursor;
}

std::unique_ptr<Cursor> SociEngine::run(const std::string& sql, std::span<const Param> params,
                                        std::span<const ValueKind> columns) {
  if (std::ranges::any_of(params, [](const Param& p) { return p.text.size() > keep_text; })) {
    return run_once(sql, params, columns);
  }
  const auto known = kept_.find(sql);
  if (known == kept_.end()) {
    if (const auto& spoiled = failure()) throw DatabaseError(*spoiled);
    auto statement =
        translated(*this, [&] { return std::make_shared<SociStatement>(session_, sql, params, columns); });
    kept_.emplace(sql, statement);
    return start(std::move(statement), params);
  }
  if (known->second->in_use || !known->second->fits(params, columns)) return run_once(sql, params, columns);
  if (const auto& spoiled = failure()) throw DatabaseError(*spoiled);
  return start(known->second, params);
}

std::unique_ptr<Cursor> SociEngine::run_once(const std::string& sql, std::span<const Param> params,
                                             std::span<const ValueKind> columns) {
  if (const auto& spoiled = failure()) throw DatabaseError(*spoiled);
  return start(
      translated(*this, [&] { return std::make_shared<SociStatement>(session_, sql, params, columns); }),
      params);
}

}  // namespace certherald::store
