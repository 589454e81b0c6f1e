import Documents

#if canImport(Glibc)
  private import Glibc
#elseif canImport(Darwin)
  private import Darwin
#endif

/// The one owner of a file descriptor.
final class FileOnDisk {
  let path: String
  let descriptor: Int32

  struct Problem: Error {
    let code: Int32
    var text: String { String(cString: strerror(code)) }
    var isFull: Bool { code == ENOSPC || code == EDQUOT || code == EFBIG }
    var isInterrupt: Bool { code == EINTR }
    /// Somebody raised the interrupt.
    static let interrupted = Problem(code: EINTR)
    var isMissing: Bool { code == ENOENT || code == ENOTDIR }
    var isDenied: Bool { code == EACCES || code == EPERM || code == EROFS || code == ELOOP }
  }

  /// For reading; a symbolic link in the last place is not followed.
  init(reading path: String) throws(Problem) {
    self.path = path
    descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { throw Problem(code: errno) }
    guard let status, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw Problem(code: ENOENT)
    }
  }

  /// A new file, for its owner only.
  init(creating path: String) throws(Problem) {
    self.path = path
    descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw Problem(code: errno) }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  private var status: stat? {
    var status = stat()
    return fstat(descriptor, &status) == 0 ? status : nil
  }

  var count: Int { status.map { Int($0.st_size) } ?? 0 }

  /// The next bytes into the buffer; 0 at the end.
  func read(_ buffer: UnsafeMutableRawBufferPointer) throws(Problem) -> Int {
    while true {
      #if canImport(Glibc)
        let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
      #else
        let count = Darwin.read(descriptor, buffer.baseAddress, buffer.count)
      #endif
      if count >= 0 { return count }
      guard errno == EINTR else { throw Problem(code: errno) }
    }
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(Problem) {
    var rest = bytes
    while !rest.isEmpty {
      #if canImport(Glibc)
        let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
      #else
        let count = Darwin.write(descriptor, rest.baseAddress, rest.count)
      #endif
      if count > 0 {
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      } else if errno != EINTR {
        throw Problem(code: errno)
      }
    }
  }

  func sync() throws(Problem) { guard fsync(descriptor) == 0 else { throw Problem(code: errno) } }
}

/// A file that appears under its name when it is whole, and not before: written beside it, synced, renamed.
///
/// Where it is let go unfinished, nothing stays.
final class FileInMaking {
  static let ending = ".partial"
  let path: String
  private let scratch: String
  private let file: FileOnDisk
  private let digest = DigestStream()
  private var isDone = false

  init(_ path: String) throws(FileOnDisk.Problem) {
    self.path = path
    let slash = path.lastIndex(of: "/")
    let folder = slash.map { String(path[...$0]) } ?? ""
    let random = String(UInt64.random(in: .min ... .max), radix: 36)
    scratch = "\(folder).\(random)\(Self.ending)"
    file = try FileOnDisk(creating: scratch)
  }

  deinit { if !isDone { unlink(scratch) } }

  func write(_ bytes: UnsafeRawBufferPointer) throws(FileOnDisk.Problem) {
    try file.write(bytes)
    digest.add(bytes)
  }

  func write(_ bytes: [UInt8]) throws(FileOnDisk.Problem) {
    let result = bytes.withUnsafeBytes { bytes in
      Result { () throws(FileOnDisk.Problem) in try write(bytes) }
    }
    try result.get()
  }

  /// How many bytes, and their SHA-256. On disk when it returns, and still invisible.
  func finish() throws(FileOnDisk.Problem) -> (bytes: Int, sha256: String) {
    try file.sync()
    return (digest.count, digest.finish())
  }

  /// Atomically, over what was there; the folder is synced, so that the name survives a crash too.
  func appear() throws(FileOnDisk.Problem) {
    guard rename(scratch, path) == 0 else { throw FileOnDisk.Problem(code: errno) }
    isDone = true
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }
}
