import Runtime

#if canImport(Glibc)
  private import CProcess
  private import Glibc
#elseif canImport(Darwin)
  private import Darwin
#endif

/// A program that we started: the owner of its process group, which it ends on every way out.
///
/// - The child leads a group of its own, so that the workers of `pg_dump -j` end with it.
/// - It gets the descriptors that were handed to it and no other, an environment that was written down, and signals as
///   a fresh process has them.
/// - Who waits for its end does so without reaping (`WNOWAIT`), so its number stays taken until the group was killed:
///   no signal of ours can reach somebody else's process.
/// - When we are killed, nobody is left to kill it. Its standard error is a pipe of ours and the programs run with
///   `--verbose`: the next line that it writes ends it by SIGPIPE.
final class ChildProcess {
  let identifier: Int32
  /// Raised when the child has ended and waits to be reaped.
  let ended: Interrupt
  private let waiter: Thread?
  private var isReaped = false

  init(_ program: String, _ arguments: [String], environment: [String: String], descriptors: [Int32])
    throws(ToolFailure)
  {
    let ended: Interrupt
    do { ended = try Interrupt() } catch { throw ToolFailure(.system, program: nil, error.description) }
    let child = try spawn(program, arguments, environment, descriptors)
    self.ended = ended
    identifier = child
    waiter = Thread.start {
      var facts = siginfo_t()
      while waitid(P_PID, id_t(child), &facts, WEXITED | WNOWAIT) != 0, errno == EINTR {}
      ended.raise()
    }
    if waiter == nil {
      _ = end()
      throw ToolFailure(.system, program: nil, "the system has no thread left to wait for a program")
    }
  }

  deinit { _ = end() }

  /// How the child ended: its exit code, or the signal that ended it.
  enum Ending: Sendable, Hashable {
    case exited(Int32)
    case signalled(Int32)
  }

  /// Asks the group to stop; pg_dump and pg_restore then cancel what the server does for them.
  func terminate() { if !isReaped { kill(-identifier, SIGTERM) } }

  /// Kills what is left of the group and takes the child's end in.
  func end() -> Ending {
    guard !isReaped else { return .signalled(SIGKILL) }
    isReaped = true
    kill(-identifier, SIGKILL)
    waiter?.join()
    var status: Int32 = 0
    while waitpid(identifier, &status, 0) < 0, errno == EINTR {}
    let signal = status & 0x7F
    return signal == 0 ? .exited((status >> 8) & 0xFF) : .signalled(signal)
  }
}

/// Starts the program. `descriptors` become 0, 1, 2 … of the child, in this order.
///
/// The numbers are moved out of the way first: with `dup2` in turn, one that is still to be handed on could be
/// overwritten.
private func spawn(
  _ program: String, _ arguments: [String], _ environment: [String: String], _ descriptors: [Int32]
) throws(ToolFailure) -> Int32 {
  var actions = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&actions)
  defer { posix_spawn_file_actions_destroy(&actions) }
  let parked = descriptors.map { fcntl($0, F_DUPFD_CLOEXEC, 64) }
  defer { for descriptor in parked where descriptor >= 0 { close(descriptor) } }
  guard !parked.contains(where: { $0 < 0 }) else {
    throw ToolFailure(.system, program: nil, "the process has no file descriptor left for a program")
  }
  for (number, descriptor) in parked.enumerated() {
    posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(number))
  }
  var attributes = posix_spawnattr_t()
  posix_spawnattr_init(&attributes)
  defer { posix_spawnattr_destroy(&attributes) }
  prepare(&attributes, &actions, firstUnused: Int32(parked.count))
  let words = ([program] + arguments).map { strdup($0) } + [nil]
  let variables = environment.sorted { $0.key < $1.key }.map { strdup("\($0.key)=\($0.value)") } + [nil]
  defer { (words + variables).forEach { free($0) } }
  var child: pid_t = 0
  let failure = posix_spawn(&child, program, &actions, &attributes, words, variables)
  guard failure == 0 else {
    throw ToolFailure(.system, program: nil, "\(program) cannot be started: \(systemError(failure))")
  }
  return child
}

/// A group of its own, no blocked signals, every signal as by default, and nothing else open.
private func prepare(
  _ attributes: inout posix_spawnattr_t, _ actions: inout posix_spawn_file_actions_t, firstUnused: Int32
) {
  var none = sigset_t()
  sigemptyset(&none)
  posix_spawnattr_setsigmask(&attributes, &none)
  var all = sigset_t()
  sigfillset(&all)
  posix_spawnattr_setsigdefault(&attributes, &all)
  posix_spawnattr_setpgroup(&attributes, 0)
  var flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP
  #if canImport(Darwin)
    flags |= POSIX_SPAWN_CLOEXEC_DEFAULT
  #else
    posix_spawn_file_actions_addclosefrom_np(&actions, firstUnused)
  #endif
  posix_spawnattr_setflags(&attributes, Int16(flags))
}
