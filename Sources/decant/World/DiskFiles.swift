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
      if !name.hasPrefix("."), DiskFiles.isRegularFile(FilePath.joined(root, name)) { names.append(name) }
    }
  }

  func read(_ path: String) throws(Failure) -> [UInt8] { try DiskFiles.contents(of: FilePath.joined(root, path)) }

  static func contents(of path: String) throws(Failure) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("read", path) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure("read", path) }
    if status.st_mode & S_IFMT == S_IFDIR { throw Failure("read", path, cause: "it is a folder") }
    // What is larger is refused by the reader with its own sentence; it need not be read to the end for that.
    var bytes: [UInt8] = []
    bytes.reserveCapacity(min(Int(status.st_size), YAML.sizeLimit) + 1)
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while bytes.count <= YAML.sizeLimit {
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

  static func isRegularFile(_ path: String) -> Bool { kind(of: path) == S_IFREG }
  static func exists(_ path: String) -> Bool { kind(of: path) != nil }

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
    var rest = Array(text.utf8)[...]
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
