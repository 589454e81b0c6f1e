import Documents
import Reconciliation
import Runtime

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The files of a declaration on disk.
struct DiskFiles: Files {
  let root: String

  func names() throws(Failure) -> [String] {
    guard let folder = opendir(root) else { throw DiskFiles.failure("read the folder", root) }
    defer { closedir(folder) }
    var names: [String] = []
    while true {
      errno = 0
      guard let entry = readdir(folder) else {
        // The end and a failure look alike but for errno (readdir(3)); a failed read is not an empty folder.
        if errno != 0 { throw DiskFiles.failure("read the folder", root) }
        return names
      }
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
      }
      // What cannot be looked at, such as a link to nowhere, may be a part of the declaration: reading it says so.
      let kind = DiskFiles.kind(of: FilePath.joined(root, name))
      if !name.hasPrefix("."), kind == nil || kind == S_IFREG { names.append(name) }
    }
  }

  func read(_ path: String) throws(Failure) -> [UInt8] { try DiskFiles.contents(of: FilePath.joined(root, path)) }

  static func contents(of path: String, limit: Int = YAML.sizeLimit) throws(Failure) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("read", path) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure("read", path) }
    if status.st_mode & S_IFMT == S_IFDIR { throw Failure("read", path, cause: "it is a folder") }
    // What is larger is refused by the reader with its own sentence; it need not be read to the end for that.
    var bytes: [UInt8] = []
    bytes.reserveCapacity(min(Int(status.st_size), limit) + 1)
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while bytes.count <= limit {
      let capacity = buffer.count
      #if canImport(Glibc)
        let count = Glibc.read(descriptor, &buffer, capacity)
      #else
        let count = Darwin.read(descriptor, &buffer, capacity)
      #endif
      if count == 0 { break }
      if count < 0 {
        if errno == EINTR { continue }
        throw failure("read", path)
      }
      bytes += buffer[..<count]
    }
    return bytes
  }

  static func exists(_ path: String) -> Bool { kind(of: path) != nil }

  /// Nothing is there. What may not be looked at, or lies where no folder is, is an error, and not nothing.
  static func isAbsent(_ path: String) throws(Failure) -> Bool {
    var status = stat()
    if stat(path, &status) == 0 { return false }
    if errno == ENOENT { return true }
    throw failure("read", path)
  }

  private static func kind(of path: String) -> mode_t? {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
  }

  /// Writes a whole file, making its folders; `isNew` refuses to replace one.
  static func write(_ text: String, to path: String, isNew: Bool = false) throws(Failure) {
    try makeFolder(of: path)
    let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | (isNew ? O_EXCL : O_TRUNC), 0o644)
    guard descriptor >= 0 else { throw failure("write", path) }
    defer { close(descriptor) }
    try writeAll(Array(text.utf8), to: descriptor, of: path)
  }

  static func writeAll(_ bytes: [UInt8], to descriptor: Int32, of path: String) throws(Failure) {
    var rest = bytes[...]
    while !rest.isEmpty {
      #if canImport(Glibc)
        let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      #else
        let count = rest.withUnsafeBytes { Darwin.write(descriptor, $0.baseAddress, $0.count) }
      #endif
      if count < 0, errno == EINTR { continue }
      if count <= 0 { throw failure("write", path) }
      rest = rest.dropFirst(count)
    }
  }

  static func makeFolder(of path: String) throws(Failure) {
    guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return }
    let folder = String(path[..<slash])
    if exists(folder) { return }
    try makeFolder(of: folder)
    guard mkdir(folder, 0o755) == 0 || errno == EEXIST else { throw failure("make the folder", folder) }
  }

  static var currentFolder: String {
    guard let path = getcwd(nil, 0) else { return "." }
    defer { free(path) }
    return String(cString: path)
  }

  static func failure(_ operation: String, _ path: String) -> Failure {
    Failure(operation, path, cause: String(cString: strerror(errno)))
  }

  /// A secret that stands in a file, without the line break at its end.
  static func secret(in path: String) throws(Failure) -> Secret {
    var bytes = try contents(of: path)
    while let last = bytes.last, last == 10 || last == 13 { bytes.removeLast() }
    return Secret(String(decoding: bytes, as: UTF8.self))
  }
}
