import Runtime
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Ctrl-C and SIGTERM raise the interrupt; the run then ends cleanly by itself. A second Ctrl-C ends it at once.
enum Signals {
  /// The writing end that the handler uses: a handler cannot capture anything.
  private static let current = Atomic<Int32>(-1)

  static func raise(_ interrupt: Interrupt) {
    current.store(interrupt.raisingDescriptor, ordering: .sequentiallyConsistent)
    for number in [SIGINT, SIGTERM] {
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { _ in
        let saved = errno
        var byte: UInt8 = 1
        _ = write(Signals.current.load(ordering: .sequentiallyConsistent), &byte, 1)
        errno = saved
      }
      // The handler is forgotten after its first use, so a second signal ends the process (SA_RESETHAND).
      action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND)) | SA_RESTART
      sigaction(number, &action, nil)
    }
  }

  /// Who starts us from a thread that blocks signals (libdispatch does) hands the block on; then we could not be stopped.
  static func unblock() {
    var unblocked = sigset_t()
    sigemptyset(&unblocked)
    sigaddset(&unblocked, SIGINT)
    sigaddset(&unblocked, SIGTERM)
    pthread_sigmask(SIG_UNBLOCK, &unblocked, nil)
  }
}
