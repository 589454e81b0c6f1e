import Foundation

#if os(Linux)
  import CProcess
#endif

/// Runs a program of the machine to its end.
///
/// `Foundation.Process` learns of the end through a socket that every descendant inherits, so it would wait for a
/// server that the program leaves running. `posix_spawn` and `waitpid` wait for the program alone.
public enum Program {
  /// The standard output. Throws with the standard error where the program fails.
  static func run(
    _ path: String, _ arguments: [String], input: String = "", environment: [String: String]? = nil
  ) throws -> String {
    // Files and not pipes: neither the amount of output nor a child that lives on can hold us up.
    let files = [try ScratchFile(input), try ScratchFile(), try ScratchFile()]
    let variables = environment ?? ProcessInfo.processInfo.environment
    let status = try wait(for: spawn(path, [path] + arguments, variables.map { "\($0.key)=\($0.value)" }, files), path)
    guard status == 0 else { throw ServerFailure("\(path) failed (status \(status)): \(try files[2].text())") }
    return try files[1].text()
  }

  /// What it printed to either stream, in order, and its exit code as shells have it (128 and the signal's number).
  public static func play(
    _ path: String, _ arguments: [String], environment: [String: String]
  ) throws -> (exitCode: Int32, output: String) {
    let (input, output) = (try ScratchFile(), try ScratchFile())
    let variables = environment.map { "\($0.key)=\($0.value)" }
    let status = try wait(for: spawn(path, [path] + arguments, variables, [input, output, output]), path)
    let signal = status & 0x7F
    return (signal == 0 ? (status >> 8) & 0xFF : 128 + signal, try output.whole())
  }

  private static func wait(for child: pid_t, _ path: String) throws -> Int32 {
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0 {
      guard errno == EINTR else { throw ServerFailure("\(path) was waited for in vain") }
    }
    return status
  }

  private static func spawn(
    _ path: String, _ arguments: [String], _ environment: [String], _ files: [ScratchFile]
  ) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (number, file) in files.enumerated() {
      posix_spawn_file_actions_adddup2(&actions, file.handle.fileDescriptor, Int32(number))
    }
    #if os(Linux)
      // A server that inherits the end of somebody's pipe keeps it open for good, and whoever reads there waits as long.
      posix_spawn_file_actions_addclosefrom_np(&actions, Int32(files.count))
    #endif
    // The threads of a test run block all signals; a server that inherited that could never be stopped.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    let words = arguments.map { strdup($0) } + [nil]
    let variables = environment.map { strdup($0) } + [nil]
    defer { (words + variables).forEach { free($0) } }
    var child: pid_t = 0
    let failure = posix_spawn(&child, path, &actions, &attributes, words, variables)
    guard failure == 0 else { throw ServerFailure("\(path) cannot be started: \(String(cString: strerror(failure)))") }
    return child
  }
}

/// A file without a name, gone when closed.
private struct ScratchFile {
  let handle: FileHandle

  init(_ text: String = "") throws {
    var template = Array("/tmp/decant-test-XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    guard descriptor >= 0 else { throw ServerFailure("no temporary file can be made") }
    unlink(template)
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    try handle.write(contentsOf: Data(text.utf8))
    try handle.seek(toOffset: 0)
  }

  func text() throws -> String { try whole().trimmingCharacters(in: .whitespacesAndNewlines) }

  func whole() throws -> String {
    try handle.seek(toOffset: 0)
    return String(decoding: try handle.readToEnd() ?? Data(), as: UTF8.self)
  }
}
