import Documents
public import Reconciliation
public import Runtime

#if canImport(Glibc)
  private import Glibc
#elseif canImport(Darwin)
  private import Darwin
#endif

/// A folder as an object store: files of mode 0600 in folders of mode 0700.
public final class LocalFiles: ObjectStore {
  public var title: String { root }
  let root: String
  private let interrupt: Interrupt?
  private static let pieceSize = 1 << 18

  /// The folder is made with the first object. A slash at its end does not matter.
  public init(root: String, interrupt: Interrupt? = nil) {
    var root = root
    while root.count > 1, root.hasSuffix("/") { root.removeLast() }
    self.root = root
    self.interrupt = interrupt
  }

  public func put(_ source: ObjectSource, at key: ObjectKey) throws(ObjectStoreError) -> StoredObject {
    let path = path(key)
    do throws(FileOnDisk.Problem) {
      try makeFolder(of: path)
      let making = try FileInMaking(path)
      switch source {
      case .bytes(let bytes): try making.write(bytes)
      case .file(let source): try copy(try opened(source), into: making)
      }
      let (bytes, sha256) = try making.finish()
      try making.appear()
      return StoredObject(key: key, bytes: bytes, sha256: sha256)
    } catch {
      throw failure(error, "store", path)
    }
  }

  public func get(_ key: ObjectKey, into path: String, expecting sha256: String) throws(ObjectStoreError) {
    do throws(FileOnDisk.Problem) {
      let source = try FileOnDisk(reading: self.path(key))
      let making = try FileInMaking(path)
      try copy(source, into: making)
      guard try making.finish().sha256 == sha256 else {
        throw FileOnDisk.Problem(code: Self.damaged)
      }
      try making.appear()
    } catch {
      throw failure(error, "get", self.path(key))
    }
  }

  public func read(_ key: ObjectKey, mostBytes: Int) throws(ObjectStoreError) -> [UInt8] {
    do throws(FileOnDisk.Problem) {
      let file = try FileOnDisk(reading: path(key))
      guard file.count <= mostBytes else { throw FileOnDisk.Problem(code: Self.damaged) }
      var bytes: [UInt8] = []
      try pieces(of: file) { piece throws(FileOnDisk.Problem) in bytes.append(contentsOf: piece) }
      return bytes
    } catch {
      throw failure(error, "read", path(key))
    }
  }

  public func head(_ key: ObjectKey) throws(ObjectStoreError) -> ObjectInfo? {
    do throws(FileOnDisk.Problem) {
      return ObjectInfo(name: key.description, bytes: try FileOnDisk(reading: path(key)).count)
    } catch {
      if error.isMissing { return nil }
      throw failure(error, "look at", path(key))
    }
  }

  public func delete(_ key: ObjectKey) throws(ObjectStoreError) { try remove(path(key)) }

  /// A page is all there is: a folder is read in one go.
  public func page(under prefix: ObjectKey?, after token: String?) throws(ObjectStoreError) -> ObjectPage {
    var found: [ObjectInfo] = []
    try collect(prefix?.description ?? "", into: &found)
    return ObjectPage(objects: found.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }, next: nil)
  }
}

extension LocalFiles {
  private func path(_ key: ObjectKey) -> String { "\(root)/\(key)" }

  /// A code of our own among those of the system.
  private static let damaged = Int32.max

  private func opened(_ path: String) throws(FileOnDisk.Problem) -> FileOnDisk { try FileOnDisk(reading: path) }

  private func copy(_ source: FileOnDisk, into making: FileInMaking) throws(FileOnDisk.Problem) {
    try pieces(of: source) { piece throws(FileOnDisk.Problem) in try making.write(piece) }
  }

  private func pieces(
    of file: FileOnDisk, _ use: (UnsafeRawBufferPointer) throws(FileOnDisk.Problem) -> Void
  ) throws(FileOnDisk.Problem) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.pieceSize, alignment: 16)
    defer { buffer.deallocate() }
    while true {
      if interrupt?.isRaised == true { throw .interrupted }
      let count = try file.read(buffer)
      if count == 0 { return }
      try use(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
  }

  private func makeFolder(of path: String) throws(FileOnDisk.Problem) {
    guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return }
    let folder = String(path[..<slash])
    if mkdir(folder, 0o700) == 0 || errno == EEXIST { return }
    guard errno == ENOENT else { throw FileOnDisk.Problem(code: errno) }
    try makeFolder(of: folder)
    guard mkdir(folder, 0o700) == 0 || errno == EEXIST else { throw FileOnDisk.Problem(code: errno) }
  }

  /// Regular files below a folder; what is being made, and anything else that begins with a dot, is not there.
  private func collect(_ name: String, into found: inout [ObjectInfo]) throws(ObjectStoreError) {
    try walk(name) { name, bytes in
      if name.split(separator: "/").last?.hasPrefix(".") == false { found.append(ObjectInfo(name: name, bytes: bytes)) }
    }
  }

  /// All regular files below a folder; folders that begin with a dot are passed over.
  func walk(_ name: String, _ visit: (_ name: String, _ bytes: Int) -> Void) throws(ObjectStoreError) {
    for child in try entries(of: name) {
      let path = name.isEmpty ? child : "\(name)/\(child)"
      var status = stat()
      guard lstat("\(root)/\(path)", &status) == 0 else { continue }
      switch status.st_mode & S_IFMT {
      case S_IFDIR: if !child.hasPrefix(".") { try walk(path, visit) }
      case S_IFREG: visit(path, Int(status.st_size))
      default: break
      }
    }
  }

  private func entries(of name: String) throws(ObjectStoreError) -> [String] {
    let folder = name.isEmpty ? root : "\(root)/\(name)"
    guard let stream = opendir(folder) else {
      // Nothing was stored yet; any other reason is no empty list.
      if FileOnDisk.Problem(code: errno).isMissing { return [] }
      throw failure(FileOnDisk.Problem(code: errno), "list", folder)
    }
    defer { closedir(stream) }
    var names: [String] = []
    errno = 0
    while let entry = readdir(stream) {
      let child = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if child != ".", child != ".." { names.append(child) }
      errno = 0
    }
    guard errno == 0 else { throw failure(FileOnDisk.Problem(code: errno), "list", folder) }
    return names
  }

  /// Folders that became empty go too; one that is not empty stays by itself.
  func remove(_ path: String) throws(ObjectStoreError) {
    guard unlink(path) == 0 || errno == ENOENT || errno == ENOTDIR else {
      throw failure(FileOnDisk.Problem(code: errno), "remove", path)
    }
    var folder = path[..<(path.lastIndex(of: "/") ?? path.startIndex)]
    while folder.count > root.count, rmdir(String(folder)) == 0 {
      folder = folder[..<(folder.lastIndex(of: "/") ?? folder.startIndex)]
    }
  }

  private func failure(_ problem: FileOnDisk.Problem, _ operation: String, _ path: String) -> ObjectStoreError {
    switch problem.code {
    case Self.damaged: ObjectStoreError(.damaged, operation, path, "it is not what was stored: its SHA-256 is another")
    case EINTR: ObjectStoreError(.interrupted, operation, path, "interrupted")
    default:
      ObjectStoreError(
        problem.isFull ? .full : problem.isMissing ? .missing : problem.isDenied ? .denied : .failed, operation, path,
        problem.text, hint: problem.isFull ? "make room on the disk and try again" : nil)
    }
  }
}
