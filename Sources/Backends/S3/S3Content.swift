import Documents
import HTTP
import Reconciliation
import Runtime

/// What goes up, hashed beforehand: a signature covers the hash of the body, so every byte is read twice.
struct S3Content {
  struct Part {
    let range: Range<Int>
    let sha256: String
  }

  let count: Int
  /// Of the whole.
  let sha256: String
  /// At least one, which may be empty.
  let parts: [Part]
  /// What S3 calls what it got: the MD5, or that of the parts' MD5s and their number. Nothing where there is no MD5 here.
  let etag: String?
  private let source: ObjectSource

  /// S3 takes ten thousand parts.
  private static let mostParts = 10_000

  init(_ source: ObjectSource, partSize: Int, interrupt: Interrupt?, _ subject: String) throws(ObjectStoreError) {
    self.source = source
    var hashes: Hashes
    switch source {
    case .bytes(let bytes):
      // What is in memory is small, and goes up in one piece.
      hashes = Hashes(partSize: max(1, bytes.count))
      bytes.withUnsafeBytes { hashes.add($0) }
    case .file(let path):
      do throws(FileOnDisk.Problem) {
        let file = try FileOnDisk(reading: path)
        hashes = Hashes(partSize: max(partSize, (file.count + Self.mostParts - 1) / Self.mostParts))
        try hashes.add(file, interrupt)
      } catch {
        let kind: ObjectStoreError.Kind = error.isInterrupt ? .interrupted : .failed
        throw ObjectStoreError(kind, "store", subject, error.isInterrupt ? "interrupted" : "\(path): \(error.text)")
      }
    }
    hashes.finish()
    (count, sha256, parts, etag) = (hashes.count, hashes.sha256, hashes.parts, hashes.etag)
  }

  func body(_ part: Int) -> HTTPRequest.Body {
    switch source {
    case .bytes(let bytes): .bytes(bytes)
    case .file(let path): .file(path: path, range: parts[part].range)
    }
  }

  private struct Hashes {
    let partSize: Int
    var (count, sha256, parts) = (0, "", [Part]())
    private let whole = DigestStream()
    private var (part, md5, sums) = (DigestStream(), MD5Stream(), [[UInt8]?]())
    private var start = 0

    init(partSize: Int) { self.partSize = partSize }

    mutating func add(_ bytes: UnsafeRawBufferPointer) {
      whole.add(bytes)
      var rest = bytes
      while !rest.isEmpty {
        // Only with another byte a part is full: the last one is never empty.
        if count - start == partSize { endPart() }
        let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(partSize - (count - start)))
        part.add(piece)
        md5.add(piece)
        count += piece.count
        rest = UnsafeRawBufferPointer(rebasing: rest[piece.count...])
      }
    }

    mutating func add(_ file: FileOnDisk, _ interrupt: Interrupt?) throws(FileOnDisk.Problem) {
      let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
      defer { buffer.deallocate() }
      while true {
        if interrupt?.isRaised == true { throw .interrupted }
        let read = try file.read(buffer)
        if read == 0 { return }
        add(UnsafeRawBufferPointer(rebasing: buffer[..<read]))
      }
    }

    private mutating func endPart() {
      parts.append(Part(range: start..<count, sha256: part.finish()))
      sums.append(md5.finish())
      (part, md5, start) = (DigestStream(), MD5Stream(), count)
    }

    mutating func finish() {
      endPart()
      sha256 = whole.finish()
    }

    var etag: String? {
      let known = sums.compactMap { $0 }
      guard known.count == sums.count else { return nil }
      if known.count == 1 { return hexadecimal(known[0]) }
      let all = MD5Stream()
      for sum in known { sum.withUnsafeBytes { all.add($0) } }
      return all.finish().map { "\(hexadecimal($0))-\(known.count)" }
    }
  }
}
