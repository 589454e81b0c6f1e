#if canImport(Glibc)
  private import Glibc
#elseif canImport(Darwin)
  private import Darwin
#endif

/// Bytes that grow at their end: rows and values are written here, without a String or an Array for each.
///
/// The owner of its memory. It never gives memory back while it lives, so that a copy's memory is that of its longest
/// row.
public struct ByteSink: ~Copyable {
  private var start: UnsafeMutableRawPointer
  /// Bytes of memory that it holds.
  public private(set) var capacity: Int
  public private(set) var count = 0

  /// - Parameter capacity: 0 allocates nothing before the first byte: for scratch that is seldom needed.
  public init(capacity: Int = 256) {
    self.capacity = max(0, capacity)
    start = Self.memory(self.capacity)
  }

  deinit { if capacity > 0 { start.deallocate() } }

  /// An address that is never read from or written to stands for no memory.
  private static func memory(_ capacity: Int) -> UnsafeMutableRawPointer {
    guard capacity > 0 else { return UnsafeMutableRawPointer(bitPattern: 16).unsafelyUnwrapped }
    return .allocate(byteCount: capacity, alignment: 16)
  }

  /// What is in it, until it is changed.
  public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }

  /// What was appended since there were `offset` bytes in it, until it is changed.
  @inline(__always)
  public func bytes(from offset: Int) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: start + offset, count: count - offset)
  }

  /// Empties it and keeps the memory.
  public mutating func removeAll() { count = 0 }

  /// Cuts off what is behind the first `count` bytes.
  public mutating func truncate(to count: Int) { self.count = min(self.count, count) }

  @inline(__always)
  public mutating func append(_ byte: UInt8) {
    if count == capacity { grow(by: 1) }
    start.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
    count += 1
  }

  @inline(__always)
  public mutating func append(_ bytes: UnsafeRawBufferPointer) {
    guard let from = bytes.baseAddress, bytes.count > 0 else { return }
    if capacity - count < bytes.count { grow(by: bytes.count) }
    memcpy(start + count, from, bytes.count)
    count += bytes.count
  }

  public mutating func append(_ text: StaticString) {
    append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  public mutating func append(_ bytes: [UInt8]) { bytes.withUnsafeBytes { append($0) } }

  /// Writes a length or another number over bytes that are there, most significant byte first.
  public mutating func write(_ value: Int32, at offset: Int) {
    guard offset >= 0, offset + 4 <= count else { return }
    withUnsafeBytes(of: value.bigEndian) {
      (start + offset).copyMemory(from: $0.baseAddress.unsafelyUnwrapped, byteCount: 4)
    }
  }

  /// Disfavoured, so that a literal is a byte.
  @_disfavoredOverload
  public mutating func append(_ value: Int32) {
    withUnsafeBytes(of: value.bigEndian) { append($0) }
  }

  @_disfavoredOverload
  public mutating func append(_ value: Int16) {
    withUnsafeBytes(of: value.bigEndian) { append($0) }
  }

  private mutating func grow(by more: Int) {
    let wanted = max(64, capacity * 2, count + more)
    let larger = Self.memory(wanted)
    memcpy(larger, start, count)
    if capacity > 0 { start.deallocate() }
    start = larger
    capacity = wanted
  }
}
