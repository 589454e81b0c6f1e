#if canImport(Glibc)
  private import CProcess
  private import Glibc
#elseif canImport(Darwin)
  private import Darwin
#endif

/// A file without a place on any disk that a child program can open: for a password, a list, the text of a schema.
///
/// On Linux it is a memory file (`memfd_create(2)`), readable by the owner alone, which the child finds under
/// `/proc/self/fd`. It is gone with the last process that has it open, however that process ends. Elsewhere it is a
/// file (0600) in `/tmp` that is removed when the owner is released.
///
/// The descriptor is owned here and nowhere else.
final class HandedFile {
  let descriptor: Int32
  private let path: String?

  /// - Parameter name: what the descriptor is called in `/proc`; no secret.
  init(_ name: String) throws(ToolFailure) {
    #if canImport(Glibc)
      descriptor = memfd_create("decant-\(name)", DECANT_MFD_CLOEXEC)
      path = nil
    #else
      var template = Array("/tmp/decant-\(name)-XXXXXX".utf8CString)
      descriptor = mkstemp(&template)
      path = descriptor < 0 ? nil : String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
      _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    #endif
    guard descriptor >= 0, fchmod(descriptor, 0o600) == 0 else {
      throw ToolFailure(.system, program: nil, "no memory file can be made: \(systemError())")
    }
  }

  convenience init(_ name: String, holding text: String) throws(ToolFailure) {
    try self.init(name)
    try write(text)
  }

  deinit {
    close(descriptor)
    if let path { unlink(path) }
  }

  /// Where a child finds it that has it open as the given descriptor.
  func path(inChildAs number: Int32) -> String { path ?? "/proc/self/fd/\(number)" }

  private func write(_ text: String) throws(ToolFailure) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { bytes in
        #if canImport(Glibc)
          Glibc.write(descriptor, bytes.baseAddress, bytes.count)
        #else
          Darwin.write(descriptor, bytes.baseAddress, bytes.count)
        #endif
      }
      guard count > 0 else { throw ToolFailure(.system, program: nil, "no memory file can be written") }
      rest = rest.dropFirst(count)
    }
  }

  /// Bytes in the file.
  var size: Int {
    var facts = stat()
    return fstat(descriptor, &facts) == 0 ? Int(facts.st_size) : 0
  }
}

/// What the last call of the system complained about.
func systemError(_ number: Int32 = errno) -> String { String(cString: strerror(number)) }
