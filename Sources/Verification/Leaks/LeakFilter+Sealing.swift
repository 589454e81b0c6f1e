import Documents
public import Masking

#if canImport(Glibc)
  private import Glibc
#elseif canImport(Darwin)
  private import Darwin
#endif

/// A sealed filter as a file: a line that names the format, a line of canonical JSON (key id, salt, layers, counts), and
/// the layers' bytes in chunks of AES-256-GCM, with which both lines are authenticated.
extension LeakFilter {
  static let magic = "decant leak filter 1\n"
  /// What the file is called beside a snapshot.
  public static let fileName = "leaks.filter"

  /// Writes the filter into a new file of mode 0600. Memory is that of one layer.
  ///
  /// - Returns: bytes of the file.
  @discardableResult
  public func seal(to path: String) throws(SealedFilterError) -> Int {
    let sizes = resident.map { ($0.blocks, $0.distinct) } + spilled.map { ($0.blocks, $0.distinct) }
    let writer = try SealedFilterWriter(path, keys, layers: sizes, counts)
    for layer in resident { try writer.write(layer) }
    for layer in spilled { try writer.write(try layer.load(keys)) }
    return try writer.finish()
  }

  /// Reads what `seal` wrote.
  ///
  /// - Parameter budget: layers beyond it are put back on disk, sealed, where it names a folder.
  /// - Throws: `.otherKey` before anything is read of the layers; `.forged` for any byte that is another.
  public static func open(
    _ path: String, _ keys: LeakKeys, budget: OriginalsCollector.Budget = .init()
  ) throws(SealedFilterError) -> LeakFilter {
    let reader = try SealedFilterReader(path, keys)
    var (resident, spilled, used) = ([FilterLayer](), [SpilledLayer](), 0)
    for (blocks, distinct) in reader.layers {
      let layer = FilterLayer(blocks: blocks, distinct: distinct)
      try reader.read(into: layer)
      if used + layer.byteCount > budget.bytes, !resident.isEmpty, let folder = budget.folder {
        spilled.append(try SpilledLayer.write(layer, keys, in: folder))
      } else {
        used += layer.byteCount
        resident.append(layer)
      }
    }
    try reader.finish()
    return LeakFilter(keys, reader.counts, resident: resident, spilled: spilled)
  }
}

/// A layer that lies on disk, sealed. Its file is removed with its owner.
final class SpilledLayer: Sendable {
  let blocks: Int
  let distinct: Int
  private let path: String

  private init(_ path: String, _ blocks: Int, _ distinct: Int) {
    (self.path, self.blocks, self.distinct) = (path, blocks, distinct)
  }

  deinit { unlink(path) }

  static func write(_ layer: FilterLayer, _ keys: LeakKeys, in folder: String) throws(SealedFilterError) -> SpilledLayer
  {
    guard let random = randomBytes(8) else { throw .library }
    let path = "\(folder)/part-\(hexadecimal(random)).filter"
    let writer = try SealedFilterWriter(path, keys, layers: [(layer.blocks, layer.distinct)], LeakCounts())
    let spilled = SpilledLayer(path, layer.blocks, layer.distinct)
    try writer.write(layer)
    _ = try writer.finish()
    return spilled
  }

  func load(_ keys: LeakKeys) throws(SealedFilterError) -> FilterLayer {
    let reader = try SealedFilterReader(path, keys)
    let layer = FilterLayer(blocks: blocks, distinct: distinct)
    guard reader.layers.map(\.blocks) == [blocks] else { throw .forged(path) }
    try reader.read(into: layer)
    try reader.finish()
    return layer
  }
}

private final class SealedFilterWriter {
  private let path: String
  private let descriptor: Int32
  private let chunks: SealedChunks
  private var left: Int
  private var isEmpty: Bool

  init(
    _ path: String, _ keys: LeakKeys, layers: [(blocks: Int, distinct: Int)], _ counts: LeakCounts
  ) throws(SealedFilterError) {
    guard let salt = randomBytes(16) else { throw .library }
    let header = Array(
      (LeakFilter.magic + JSON.canonical(FilterHeader(keys.id, salt, layers, counts).value) + "\n").utf8)
    guard let chunks = SealedChunks(keys, salt: salt, header: header, .sealing) else { throw .library }
    self.path = path
    self.chunks = chunks
    left = layers.reduce(0) { $0 + SealedChunks.count(of: $1.blocks * FilterLayer.blockBytes) }
    isEmpty = layers.isEmpty
    descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw .file(path, errno) }
    guard header.withUnsafeBytes({ SealedChunks.writeAll($0, to: descriptor) }) else { throw failed() }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  private func failed() -> SealedFilterError {
    let code = errno
    unlink(path)
    return .file(path, code)
  }

  func write(_ layer: FilterLayer) throws(SealedFilterError) {
    let done = layer.withBytes { bytes in
      stride(from: 0, to: bytes.count, by: SealedChunks.size).allSatisfy { start in
        left -= 1
        let chunk = bytes.slice(start, min(start + SealedChunks.size, bytes.count))
        return chunks.write(chunk, isLast: left == 0, to: descriptor)
      }
    }
    guard done else { throw failed() }
  }

  func finish() throws(SealedFilterError) -> Int {
    if isEmpty, !chunks.write(UnsafeRawBufferPointer(start: nil, count: 0), isLast: true, to: descriptor) {
      throw failed()
    }
    var facts = stat()
    guard fsync(descriptor) == 0, fstat(descriptor, &facts) == 0 else { throw failed() }
    return Int(facts.st_size)
  }
}

private final class SealedFilterReader {
  let layers: [(blocks: Int, distinct: Int)]
  let counts: LeakCounts
  private let path: String
  private let descriptor: Int32
  private let chunks: SealedChunks
  private var left: Int

  init(_ path: String, _ keys: LeakKeys) throws(SealedFilterError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { throw .file(path, errno) }
    do throws(SealedFilterError) {
      let bytes = try Self.header(path, descriptor)
      guard let header = FilterHeader(bytes.dropFirst(LeakFilter.magic.utf8.count).dropLast()) else {
        throw .notAFilter(path)
      }
      guard header.keyID == keys.id else { throw .otherKey(header.keyID, keys.id) }
      guard let chunks = SealedChunks(keys, salt: header.salt, header: bytes, .opening) else { throw .library }
      let counted = header.layers.map { SealedChunks.count(of: $0.blocks * FilterLayer.blockBytes) }.reduce(0, +)
      // The size is known before any memory is taken for what a header may claim.
      let expected =
        bytes.count + header.layers.reduce(0) { $0 + $1.blocks * FilterLayer.blockBytes }
        + max(1, counted) * SealedChunks.tagSize
      var facts = stat()
      guard fstat(descriptor, &facts) == 0, Int(facts.st_size) == expected else { throw .forged(path) }
      (layers, counts, left, self.chunks) = (header.layers, header.counts, counted, chunks)
    } catch {
      close(descriptor)
      throw error
    }
    self.path = path
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  private static let longestHeader = 1 << 16

  private static func header(_ path: String, _ descriptor: Int32) throws(SealedFilterError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: longestHeader)
    let count = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
    guard count > 0 else { throw count < 0 ? .file(path, errno) : .notAFilter(path) }
    let magic = Array(LeakFilter.magic.utf8)
    let head = bytes.prefix(count)
    guard head.starts(with: magic), let end = head.dropFirst(magic.count).firstIndex(of: 0x0A) else {
      throw .notAFilter(path)
    }
    guard lseek(descriptor, off_t(end + 1), SEEK_SET) == end + 1 else { throw .file(path, errno) }
    return Array(head[...end])
  }

  func read(into layer: FilterLayer) throws(SealedFilterError) {
    let done = layer.withMutableBytes { bytes in
      stride(from: 0, to: bytes.count, by: SealedChunks.size).allSatisfy { start in
        left -= 1
        let chunk = UnsafeMutableRawBufferPointer(rebasing: bytes[start..<min(start + SealedChunks.size, bytes.count)])
        return chunks.read(into: chunk, isLast: left == 0, from: descriptor)
      }
    }
    guard done else { throw .forged(path) }
  }

  func finish() throws(SealedFilterError) {
    guard layers.isEmpty else { return }
    guard chunks.read(into: UnsafeMutableRawBufferPointer(start: nil, count: 0), isLast: true, from: descriptor) else {
      throw .forged(path)
    }
  }
}

/// What stands before the chunks.
private struct FilterHeader {
  var keyID: String?
  var salt: [UInt8]
  var layers: [(blocks: Int, distinct: Int)]
  var counts: LeakCounts

  init(_ keyID: String?, _ salt: [UInt8], _ layers: [(blocks: Int, distinct: Int)], _ counts: LeakCounts) {
    (self.keyID, self.salt, self.layers, self.counts) = (keyID, salt, layers, counts)
  }

  /// Nothing for what `value` does not write, byte for byte.
  init?(_ bytes: some Collection<UInt8>) {
    guard let value = try? JSON.read(Array(bytes)), let salt = value["salt"]?.string.flatMap(Self.bytes),
      let counts = value["counts"].flatMap(LeakCounts.init(value:)), let layers = value["layers"]?.list
    else { return nil }
    self.init(value["key_id"]?.string, salt, [], counts)
    for layer in layers {
      guard let blocks = layer["blocks"]?.integer, let distinct = layer["distinct"]?.integer,
        (1...(1 << 32)).contains(blocks), distinct >= 0
      else { return nil }
      self.layers.append((blocks, distinct))
    }
    guard Array(JSON.canonical(self.value).utf8) == Array(bytes) else { return nil }
  }

  var value: Value {
    [
      "key_id": keyID.map { .string($0) } ?? .null, "salt": .string(hexadecimal(salt)), "counts": counts.value,
      "layers": .list(layers.map { ["blocks": .integer($0.blocks), "distinct": .integer($0.distinct)] }),
    ]
  }

  private static func bytes(_ text: String) -> [UInt8]? {
    let digits = Array(text.utf8)
    guard digits.count == 32 else { return nil }
    let bytes = stride(from: 0, to: digits.count, by: 2).compactMap {
      UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)
    }
    return bytes.count == 16 ? bytes : nil
  }
}

extension LeakCounts {
  var value: Value {
    [
      "originals": .integer(originals), "distinct": .integer(distinct), "too_short": .integer(tooShort),
      "too_common": .integer(tooCommon), "unreadable": .integer(unreadable),
      "numbers": .list(numbers.map { .integer($0) }), "lengths": .string(lengths.text),
    ]
  }

  init?(value: Value) {
    self.init()
    guard let originals = value["originals"]?.integer, let distinct = value["distinct"]?.integer,
      let tooShort = value["too_short"]?.integer, let tooCommon = value["too_common"]?.integer,
      let unreadable = value["unreadable"]?.integer, let numbers = value["numbers"]?.list?.compactMap(\.integer),
      numbers.count == self.numbers.count, let lengths = value["lengths"]?.string.flatMap(TextLengths.init(text:))
    else { return nil }
    (self.originals, self.distinct, self.tooShort, self.tooCommon) = (originals, distinct, tooShort, tooCommon)
    (self.unreadable, self.numbers, self.lengths) = (unreadable, numbers, lengths)
  }
}
