import Reconciliation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Standard output and standard error, and the end of the process.
enum Console {
  static func write(_ text: String, toError: Bool = false) {
    var text = text
    text.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)
      while !rest.isEmpty {
        let count = Console.writeOnce(rest, to: toError ? STDERR_FILENO : STDOUT_FILENO)
        // Nobody reads any more (EPIPE): what is left cannot be said to anybody.
        if count < 0 { return }
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

  /// Columns of the terminal, at most 120; 100 where there is none.
  static var width: Int {
    var size = winsize()
    guard outputIsTerminal, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col >= 40 else { return 100 }
    return min(120, Int(size.ws_col))
  }

  static func exit(_ status: ExitStatus) -> Never {
    #if canImport(Glibc)
      Glibc.exit(status.rawValue)
    #else
      Darwin.exit(status.rawValue)
    #endif
  }
}

/// What the environment of the process says.
enum Environment {
  static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

  /// Takes variables out of the environment and gives their values. Only before the first thread: setting the
  /// environment is not safe beside another thread that reads it.
  static func takeAway(_ names: [String]) -> [String: String] {
    var kept: [String: String] = [:]
    for name in names {
      kept[name] = variable(name)
      unsetenv(name)
    }
    return kept
  }

  /// Set, and neither empty nor a word for no.
  static func isSet(_ name: String) -> Bool {
    guard let value = variable(name) else { return false }
    return !["", "0", "false", "no"].contains(value.lowercased())
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
