import Documents
import Runtime

#if canImport(Glibc)
  private import Glibc
#elseif canImport(Darwin)
  private import Darwin
#endif

/// One file of an archive: its name in the archive's folder, its size in bytes, and its SHA-256.
public struct ArchivePart: Sendable, Hashable {
  public var name: String
  public var size: Int
  /// 64 hexadecimal digits.
  public var sha256: String

  public init(name: String, size: Int, sha256: String) { (self.name, self.size, self.sha256) = (name, size, sha256) }

  /// Reads a file once, piece by piece.
  static func read(_ name: String, in folder: String, unless interrupt: Interrupt?) throws(QuarantineFailure)
    -> ArchivePart
  {
    let path = "\(folder)/\(name)"
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { throw .refused("\(path): \(systemError())") }
    defer { close(descriptor) }
    let digest = DigestStream()
    var size = 0
    let failure: String? = withUnsafeTemporaryAllocation(byteCount: 1 << 17, alignment: 16) { buffer in
      while true {
        if interrupt?.isRaised ?? false { return "interrupted" }
        #if canImport(Glibc)
          let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
        #else
          let count = Darwin.read(descriptor, buffer.baseAddress, buffer.count)
        #endif
        if count == 0 { return nil }
        guard count > 0 else { return systemError() }
        digest.add(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        size += count
      }
    }
    if let failure { throw .refused("\(path): \(failure)") }
    return ArchivePart(name: name, size: size, sha256: digest.finish())
  }

  /// The plain files of a folder, by name.
  static func names(in folder: String) throws(QuarantineFailure) -> [String] {
    guard let stream = opendir(folder) else { throw .refused("\(folder): \(systemError())") }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// Bytes in the files of a folder so far; 0 where there is none. For watching a dump grow.
  static func bytes(in folder: String) -> Int {
    guard let names = try? names(in: folder) else { return 0 }
    return names.reduce(0) { sum, name in
      var facts = stat()
      return sum + (stat("\(folder)/\(name)", &facts) == 0 ? Int(facts.st_size) : 0)
    }
  }
}
