import Reconciliation
import Runtime
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Standard input, output and error, and the end of the process.
enum Console {
  /// The first error of a write to standard output; 0 while everything came through.
  private static let outputError = Atomic<Int32>(0)

  /// Before anything is opened. A standard stream that the caller closed would give its number to the next file, and
  /// what is written for a reader would end up in a database; so its place is taken by a descriptor that refuses.
  static func occupyStandardStreams() {
    for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(descriptor, F_GETFD) < 0 {
      // The lowest free number is this one, because those below it are open.
      _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
    }
    // A reader that goes away is an error of write(2), not the end of the process in the middle of an apply.
    signal(SIGPIPE, SIG_IGN)
  }

  static func write(_ text: String, toError: Bool = false) {
    var text = text
    text.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)
      while !rest.isEmpty {
        let count = Console.writeOnce(rest, to: toError ? STDERR_FILENO : STDOUT_FILENO)
        if count < 0 {
          // What is left can be said to nobody here; `exit` says that it is missing.
          if !toError { _ = outputError.compareExchange(expected: 0, desired: errno, ordering: .relaxed) }
          return
        }
        rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
      }
    }
  }

  private static func writeOnce(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int {
    while true {
      #if canImport(Glibc)
        let count = Glibc.write(descriptor, bytes.baseAddress, bytes.count)
      #else
        let count = Darwin.write(descriptor, bytes.baseAddress, bytes.count)
      #endif
      if count >= 0 || errno != EINTR { return count }
    }
  }

  static var outputIsTerminal: Bool { isatty(STDOUT_FILENO) == 1 }
  static var errorIsTerminal: Bool { isatty(STDERR_FILENO) == 1 }
  static var inputIsTerminal: Bool { isatty(STDIN_FILENO) == 1 }

  /// Columns of the terminal, at most 120; where there is none, what `COLUMNS` says (POSIX.1-2017, 8.3), or 100.
  static var width: Int { width(of: STDOUT_FILENO) }

  /// Columns of standard error's terminal as they are, however few: what is drawn in place has to fit.
  static var errorColumns: Int {
    var size = winsize()
    let isKnown = ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
    return isKnown ? Int(size.ws_col) : width(of: STDERR_FILENO)
  }

  private static func width(of descriptor: Int32) -> Int {
    var size = winsize()
    if isatty(descriptor) == 1, ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col >= 40 {
      return min(120, Int(size.ws_col))
    }
    let asked = Environment.variable("COLUMNS").flatMap(Int.init) ?? 0
    return (40...10_000).contains(asked) ? asked : 100
  }

  static func exit(_ status: ExitStatus) -> Never {
    var status = status
    let failure = outputError.load(ordering: .relaxed)
    if failure != 0 {
      if failure != EPIPE {
        write("error: cannot write to standard output: \(String(cString: strerror(failure)))\n", toError: true)
      }
      if status == .ok { status = .error }
    }
    #if canImport(Glibc)
      Glibc.exit(status.rawValue)
    #else
      Darwin.exit(status.rawValue)
    #endif
  }
}

extension Console {
  /// The line that somebody types, without its end; nothing at the end of the input, or when interrupted before.
  static func answer(unless interrupt: Interrupt) -> String? {
    var line: [UInt8] = []
    while true {
      var waiting = [
        pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0),
        pollfd(fd: interrupt.descriptor, events: Int16(POLLIN), revents: 0),
      ]
      if poll(&waiting, 2, -1) < 0, errno == EINTR { continue }
      guard waiting[1].revents == 0 else { return nil }
      var byte: UInt8 = 0
      let count = read(STDIN_FILENO, &byte, 1)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return nil }
      if byte == UInt8(ascii: "\n") { return String(decoding: line, as: UTF8.self) }
      line.append(byte)
    }
  }
}

/// What the environment of the process says.
enum Environment {
  /// What was shut out, for templates that name it all the same.
  private static let kept = Mutex<[String: String]>([:])

  static func variable(_ name: String) -> String? {
    kept.withLock { $0[name] } ?? getenv(name).map { String(cString: $0) }
  }

  /// Takes variables out of the environment, so that no library picks up what is not declared. Only before the first
  /// thread: setting the environment is not safe beside another thread that reads it.
  static func shutOut(_ names: [String]) {
    for name in names {
      guard let value = getenv(name).map({ String(cString: $0) }) else { continue }
      kept.withLock { $0[name] = value }
      unsetenv(name)
    }
  }

  /// Set, and neither empty nor a word for no.
  static func isSet(_ name: String) -> Bool {
    guard let value = variable(name) else { return false }
    return !["", "0", "false", "no"].contains(value.lowercased())
  }

  /// `TMPDIR` where it is an absolute path (POSIX.1-2017, 8.3), else `/tmp`.
  static var temporaryFolder: String {
    guard var folder = variable("TMPDIR"), folder.hasPrefix("/") else { return "/tmp" }
    while folder.count > 1, folder.hasSuffix("/") { folder.removeLast() }
    return folder
  }

  /// Whoever acts: the person behind a CI job where it says so, else the login name.
  static var actor: String {
    for name in ["DECANT_ACTOR", "GITHUB_ACTOR", "GITLAB_USER_LOGIN", "USER", "LOGNAME"] {
      if let value = variable(name), !value.isEmpty { return value }
    }
    if let entry = getpwuid(getuid()) { return String(cString: entry.pointee.pw_name) }
    return "uid \(getuid())"
  }
}
