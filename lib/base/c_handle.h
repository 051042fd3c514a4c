// SPDX-License-Identifier: LGPL-2.1-or-later
// CHandle, OutPtr: owners of what C libraries allocate, from the statement that gets it on.
#pragma once

#include <memory>

namespace tpm2_sealed {

template <auto Free>
struct CallFree {
  template <typename T>
  void operator()(T *pointer) const noexcept {
    (void)Free(pointer);
  }
};

// CHandle<json_object, json_object_put>: a unique_ptr that calls the library's own release
// function.
template <typename T, auto Free>
using CHandle = std::unique_ptr<T, CallFree<Free>>;

// Passes a smart pointer as a `T **` parameter during a call (std::out_ptr is C++23).
template <typename Smart>
class OutPtr {
 public:
  explicit OutPtr(Smart &smart) noexcept : smart_(smart) {}
  OutPtr(const OutPtr &) = delete;
  OutPtr &operator=(const OutPtr &) = delete;
  ~OutPtr() { smart_.reset(raw_); }
  operator typename Smart::pointer *() noexcept { return &raw_; }

 private:
  Smart &smart_;
  typename Smart::pointer raw_ = nullptr;
};

}  // namespace tpm2_sealed
