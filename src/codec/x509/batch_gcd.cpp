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
std::vector<Row> product_tree(Row leaves) {
  std::vector<Row> tree;
  tree.push_back(std::move(leaves));
  while (tree.back().size() > 1) tree.push_back(products_of_pairs(tree.back()));
  return tree;
}

Integer product_of(Row numbers) {
  while (numbers.size() > 1) numbers = products_of_pairs(numbers);
  return std::move(numbers.front());
}

// `top` modulo the square of each leaf. Each row of the tree is freed as soon as it was used.
Row remainders(std::vector<Row> tree, Integer top) {
  Row above;
  above.push_back(std::move(top));
  for (; !tree.empty(); tree.pop_back()) {
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

Row read_block(std::span<const Bytes> moduli, std::span<const std::size_t> indices) {
  Row out;
  out.reserve(indices.size());
  for (const std::size_t index : indices) out.emplace_back(ByteView(moduli[index]));
  return out;
}

// With z the product of all, z / n and n have the factors of n in common that another number has too.
bool shares(const Integer& modulus, const Integer& remainder) {
  Integer other;
  mpz_divexact(other.get(), remainder.get(), modulus.get());
  mpz_gcd(other.get(), other.get(), modulus.get());
  return mpz_cmp_ui(other.get(), 1) != 0;
}

// The product of all, modulo the square of the product at `own`. Only numbers of a block's size come up.
Integer product_of_all(const Row& products, std::size_t own) {
  Integer others;
  mpz_set_ui(others.get(), 1);
  Integer rest;
  for (std::size_t i = 0; i < products.size(); ++i) {
    if (i == own) continue;
    mpz_mod(rest.get(), products[i].get(), products[own].get());
    mpz_mul(others.get(), others.get(), rest.get());
    mpz_mod(others.get(), others.get(), products[own].get());
  }
  mpz_mul(others.get(), others.get(), products[own].get());
  return others;
}

std::vector<std::size_t> usable_of(std::span<const Bytes> moduli) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < moduli.size(); ++i) {
    const Bytes& modulus = moduli[i];
    if (modulus.size() <= max_modulus_size && !modulus.empty() && modulus.back() % 2 == 1) out.push_back(i);
  }
  return out;
}

}  // namespace

std::vector<std::size_t> sharing_a_factor(std::span<const Bytes> moduli, std::size_t block_size) {
  const std::vector<std::size_t> usable = usable_of(moduli);
  if (usable.size() < 2) return {};
  const auto block = [&](std::size_t at) {
    return std::span(usable).subspan(at, std::min(block_size, usable.size() - at));
  };
  Row products;
  for (std::size_t at = 0; at < usable.size(); at += block_size) {
    products.push_back(product_of(read_block(moduli, block(at))));
  }
  std::vector<std::size_t> out;
  for (std::size_t at = 0; at < usable.size(); at += block_size) {
    const auto indices = block(at);
    Integer all = product_of_all(products, at / block_size);
    const Row rests = remainders(product_tree(read_block(moduli, indices)), std::move(all));
    const Row numbers = read_block(moduli, indices);
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      if (shares(numbers[i], rests[i])) out.push_back(indices[i]);
    }
  }
  return out;
}

}  // namespace certherald::codec::x509
