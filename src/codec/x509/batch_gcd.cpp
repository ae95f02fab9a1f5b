#include "codec/x509/batch_gcd.hpp"

#include <gmp.h>

#include <algorithm>
#include <utility>

#include "codec/x509/weak_modulus.hpp"

namespace certherald::codec::x509 {
namespace {

// Owns one of GMP's numbers. Its functions end the program where memory is over.
class Integer final {
 public:
  Integer() { mpz_init(value_); }
  explicit Integer(ByteView bytes) : Integer() { mpz_import(value_, bytes.size(), 1, 1, 1, 0, bytes.data()); }
  Integer(Integer&& other) noexcept : Integer() { mpz_swap(value_, other.value_); }
  Integer& operator=(Integer&& other) noexcept {
    mpz_swap(value_, other.value_);
    return *this;
  }
  Integer(const Integer&) = delete;
  Integer& operator=(const Integer&) = delete;
  ~Integer() { mpz_clear(value_); }

  [[nodiscard]] mpz_ptr get() { return value_; }
  [[nodiscard]] mpz_srcptr get() const { return value_; }

 private:
  mpz_t value_{};
};

using Row = std::vector<Integer>;

// The products of neighbours; a number without one goes up as it is.
Row products_of_pairs(const Row& row) {
  Row out;
  for (std::size_t i = 0; i < row.size(); i += 2) {
    Integer& product = out.emplace_back();
    if (i + 1 < row.size()) mpz_mul(product.get(), row[i].get(), row[i + 1].get());
    if (i + 1 == row.size()) mpz_set(product.get(), row[i].get());
  }
  return out;
}

// From the leaves to the product of all.
std::vector<Row> product_tree(Row leaves, const std::stop_token& stop) {
  std::vector<Row> tree;
  tree.push_back(std::move(leaves));
  while (tree.back().size() > 1 && !stop.stop_requested()) tree.push_back(products_of_pairs(tree.back()));
  return tree;
}

Integer product_of(Row numbers, const std::stop_token& stop) {
  while (numbers.size() > 1 && !stop.stop_requested()) numbers = products_of_pairs(numbers);
  return std::move(numbers.front());
}

// `top` modulo the square of each leaf. Each row of the tree is freed as soon as it was used.
Row remainders(std::vector<Row> tree, Integer top, const std::stop_token& stop) {
  Row above;
  above.push_back(std::move(top));
  for (; !tree.empty() && !stop.stop_requested(); tree.pop_back()) {
    const Row& row = tree.back();
    Row here(row.size());
    Integer square;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::size_t parent = i / 2;
      mpz_mul(square.get(), row[i].get(), row[i].get());
      mpz_mod(here[i].get(), above[parent].get(), square.get());
      const bool last_child = i + 1 == row.size() || i % 2 == 1;
      if (last_child) above[parent] = Integer();
    }
    above = std::move(here);
  }
  return above;
}

Row read_block(std::span<const ByteView> moduli, std::span<const std::size_t> indices) {
  Row out;
  out.reserve(indices.size());
  for (const std::size_t index : indices) out.emplace_back(moduli[index]);
  return out;
}

// The product of all, modulo the square of the product at `own`. Only numbers of a block's size come up.
Integer product_of_all(const Row& products, std::size_t own, const std::stop_token& stop) {
  Integer others;
  mpz_set_ui(others.get(), 1);
  Integer rest;
  for (std::size_t i = 0; i < products.size(); ++i) {
    if (i == own || stop.stop_requested()) continue;
    mpz_mod(rest.get(), products[i].get(), products[own].get());
    mpz_mul(others.get(), others.get(), rest.get());
    mpz_mod(others.get(), others.get(), products[own].get());
  }
  mpz_mul(others.get(), others.get(), products[own].get());
  return others;
}

std::vector<std::size_t> usable_of(std::span<const ByteView> moduli) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < moduli.size(); ++i) {
    const ByteView modulus = moduli[i];
    if (modulus.size() <= max_modulus_size && !modulus.empty() && modulus.back() % 2 == 1) out.push_back(i);
  }
  return out;
}

using Block = std::span<const std::size_t>;

// Each but the last as large as `bytes` allow, at least one number.
std::vector<Block> blocks_of(std::span<const ByteView> moduli, Block usable, std::size_t bytes) {
  std::vector<Block> out;
  std::size_t begin = 0;
  std::size_t held = 0;
  for (std::size_t i = 0; i < usable.size(); ++i) {
    const std::size_t size = moduli[usable[i]].size();
    if (i > begin && held + size > bytes) {
      out.push_back(usable.subspan(begin, i - begin));
      begin = i;
      held = 0;
    }
    held += size;
  }
  if (begin < usable.size()) out.push_back(usable.subspan(begin));
  return out;
}

struct Told {
  std::size_t index = 0;
  Integer number;
  bool whole = false;  // each of its factors is another's: whether it is one that can be told is open
};

// Of one block. With z the product of all, z / n and n have the factors of n in common that another has too.
void look_at(Block block, Row numbers, Row rests, std::vector<Told>& told) {
  Integer common;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    mpz_divexact(common.get(), rests[i].get(), numbers[i].get());
    mpz_gcd(common.get(), common.get(), numbers[i].get());
    if (mpz_cmp_ui(common.get(), 1) == 0) continue;
    const bool whole = mpz_cmp(common.get(), numbers[i].get()) == 0;
    told.push_back({block[i], std::move(numbers[i]), whole});
  }
}

bool has_a_factor_of(const Integer& number, const std::vector<Told>& others, const std::stop_token& stop) {
  Integer common;
  return std::ranges::any_of(others, [&](const Told& other) {
    if (stop.stop_requested()) return true;
    mpz_gcd(common.get(), number.get(), other.number.get());
    return mpz_cmp_ui(common.get(), 1) != 0 && mpz_cmp(common.get(), number.get()) != 0;
  });
}

}  // namespace

std::vector<std::size_t> sharing_a_factor(std::span<const ByteView> moduli, const GcdLimits& limits) {
  const std::vector<std::size_t> usable = usable_of(moduli);
  if (usable.size() < 2) return {};
  const std::vector<Block> blocks = blocks_of(moduli, usable, limits.block_bytes);
  Row products;
  for (const Block block : blocks) {
    products.push_back(product_of(read_block(moduli, block), limits.stop));
  }
  std::vector<Told> told;
  for (std::size_t i = 0; i < blocks.size() && !limits.stop.stop_requested(); ++i) {
    Integer all = product_of_all(products, i, limits.stop);
    std::vector<Row> tree = product_tree(read_block(moduli, blocks[i]), limits.stop);
    if (limits.stop.stop_requested()) break;
    Row rests = remainders(std::move(tree), std::move(all), limits.stop);
    if (limits.stop.stop_requested()) break;
    look_at(blocks[i], read_block(moduli, blocks[i]), std::move(rests), told);
  }
  std::vector<std::size_t> out;
  for (const Told& one : told) {
    if (!one.whole || has_a_factor_of(one.number, told, limits.stop)) out.push_back(one.index);
  }
  if (limits.stop.stop_requested()) return {};
  return out;
}

}  // namespace certherald::codec::x509
