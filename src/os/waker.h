#ifndef HINOMI_OS_WAKER_H_
#define HINOMI_OS_WAKER_H_

namespace hinomi {

/// Ends another thread's wait for files: that thread waits for `fd`, too. Threads: any.
class Waker {
 public:
  Waker();
  ~Waker();
  Waker(const Waker&) = delete;
  Waker& operator=(const Waker&) = delete;

  /// The present wait ends, or the next one.
  void Wake();
  /// Can be read from a `Wake` on, until `Heard`.
  int fd() const { return fd_; }
  /// From now on `fd` waits for the next `Wake`.
  void Heard();

 private:
  int fd_;
};

}  // namespace hinomi

#endif  // HINOMI_OS_WAKER_H_
