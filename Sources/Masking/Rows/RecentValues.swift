private import CPrefetch

#if canImport(Glibc)
  private import Glibc
#elseif canImport(Darwin)
  private import Darwin
#endif

/// Short values of one column that were seen lately, each with what came of it: names, cities and states repeat, and
/// what came of them once comes of them again.
///
/// A column whose values do not repeat costs next to nothing, because nobody looks in it for most of the time.
struct RecentValues: ~Copyable {
  /// What came of a value: its mask, what was found out about that, and what an observer has noted.
  struct Outcome {
    var mask: UnsafeRawBufferPointer
    var flags: UInt8
    var note: UInt8
  }

  // A slot is 64 bytes, a line of the processor's cache: two counts, flags, a note, a value, and its mask. A value has two
  // of them to choose from, beside each other.
  static let slotBytes = 64
  private static let valueStart = 4
  private static let maskStart = 32
  static let longest = maskStart - valueStart
  static let longestMask = slotBytes - maskStart

  /// The first slot; its memory belongs to whoever made this.
  private let slots: UnsafeMutableRawPointer
  private let bits: UInt64
  private var pace: Pace
  /// Of the value that comes next; nothing where nobody looks.
  private var near: UnsafeMutableRawPointer?
  /// Where the value belongs for which `find` found nothing.
  private var open: UnsafeMutableRawPointer?

  /// - Parameter slots: zeros, at the beginning of a line, that live as long as this and belong to it alone.
  /// - Parameter bits: there are 2 to the power of this many slots; with 0 nothing is ever found.
  init(_ slots: UnsafeMutableRawPointer, bits: Int) {
    self.slots = slots
    self.bits = UInt64(bits)
    pace = Pace(slots: bits == 0 ? 0 : 1 << bits)
  }

  /// Where nothing is remembered. An address that is never read from stands for no memory.
  static var none: RecentValues {
    RecentValues(UnsafeMutableRawPointer(bitPattern: slotBytes).unsafelyUnwrapped, bits: 0)
  }

  /// Brings near what `find` will look at, because waiting for it would cost as much as a hash.
  ///
  /// - Parameter raw: the value as it lies in its row, the same bytes for the same value.
  @inline(__always)
  mutating func approach(_ raw: UnsafeRawBufferPointer) {
    near = nil
    guard pace.looks(), raw.count <= Self.longest else { return }
    let pair = slots + Int(truncatingIfNeeded: raw.mixed() >> (65 - bits)) * 2 * Self.slotBytes
    decant_prefetch(pair)
    decant_prefetch(pair + Self.slotBytes)
    near = pair
  }

  /// What came of the value the last time, until the next call; nothing where that is not known.
  @inline(__always)
  mutating func find(_ value: UnsafeRawBufferPointer) -> Outcome? {
    open = nil
    guard let pair = near, value.count <= Self.longest, let bytes = value.baseAddress else { return nil }
    near = nil
    let second = pair + Self.slotBytes
    guard let slot = Self.holds(pair, bytes, value.count) ?? Self.holds(second, bytes, value.count) else {
      open = room(pair, second)
      return nil
    }
    pace.hits += 1
    let length = Int(slot.load(fromByteOffset: 1, as: UInt8.self))
    return Outcome(
      mask: UnsafeRawBufferPointer(start: slot + Self.maskStart, count: length),
      flags: slot.load(fromByteOffset: 2, as: UInt8.self), note: slot.load(fromByteOffset: 3, as: UInt8.self))
  }

  /// The slot, where it has this value.
  @inline(__always)
  private static func holds(
    _ slot: UnsafeMutableRawPointer, _ bytes: UnsafeRawPointer, _ count: Int
  ) -> UnsafeMutableRawPointer? {
    guard Int(slot.load(as: UInt8.self)) == count + 1, memcmp(slot + valueStart, bytes, count) == 0 else { return nil }
    return slot
  }

  /// One of the two that is empty, or now and then one that is taken.
  @inline(__always)
  private mutating func room(
    _ first: UnsafeMutableRawPointer, _ second: UnsafeMutableRawPointer
  ) -> UnsafeMutableRawPointer? {
    if first.load(as: UInt8.self) == 0 { return first }
    if second.load(as: UInt8.self) == 0 { return second }
    return pace.replaces().map { $0 ? first : second }
  }

  /// Whether `keep` would keep anything.
  @inline(__always) var hasRoom: Bool { open != nil }

  /// Keeps what came of the value for which `find` has just found nothing, where there is room for it.
  @inline(__always)
  mutating func keep(_ outcome: Outcome, of value: UnsafeRawBufferPointer) {
    guard let slot = open else { return }
    open = nil
    guard outcome.mask.count <= Self.longestMask, value.count <= Self.longest else { return }
    slot.storeBytes(of: UInt8(truncatingIfNeeded: value.count + 1), as: UInt8.self)
    slot.storeBytes(of: UInt8(truncatingIfNeeded: outcome.mask.count), toByteOffset: 1, as: UInt8.self)
    slot.storeBytes(of: outcome.flags, toByteOffset: 2, as: UInt8.self)
    slot.storeBytes(of: outcome.note, toByteOffset: 3, as: UInt8.self)
    (slot + Self.valueStart).copyMemory(from: value)
    (slot + Self.maskStart).copyMemory(from: outcome.mask)
  }
}

/// The memory of the recent values of all columns of a stream, and its owner: a share for each column. The system gives
/// only what is written to.
struct RecentMemory: ~Copyable {
  private let bits: Int
  private let byteCount: Int
  private var start: UnsafeMutableRawPointer?
  private var given = 0

  /// Values of all columns together: four megabytes at most.
  private static let most = 1 << 16
  private static let mostBits = 14

  init(columns: Int) {
    let share = columns == 0 ? 0 : Self.most / columns
    bits = share < 64 ? 0 : min(Self.mostBits, Int.bitWidth - 1 - share.leadingZeroBitCount)
    byteCount = (columns << bits) * RecentValues.slotBytes
  }

  deinit { if let start { munmap(start, byteCount) } }

  /// To be asked for at most as many times as there are columns; what was given is used no longer than this lives.
  mutating func next() -> RecentValues {
    if given == 0, bits > 0 { start = Self.zeros(byteCount) }
    guard let start else { return .none }
    defer { given += 1 }
    return RecentValues(start + (given << bits) * RecentValues.slotBytes, bits: bits)
  }

  /// Not by `calloc`, which writes zeros over memory that was used before, and so takes all of it at once.
  private static func zeros(_ byteCount: Int) -> UnsafeMutableRawPointer? {
    let found = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    return found == MAP_FAILED ? nil : found
  }
}

/// When it is worth while to look.
private struct Pace {
  private let window: Int
  private var left: Int
  private var rest = 0
  private var misses = 0
  var hits = 0

  /// Values pass several times as many as have a place before it is judged whether they repeat.
  init(slots: Int) {
    window = 4 * slots
    left = window
    if slots == 0 { rest = .max }
  }

  /// False while the column rests, because fewer than one of eight of its values were found.
  @inline(__always)
  mutating func looks() -> Bool {
    if rest > 0 {
      rest -= 1
      return false
    }
    left -= 1
    if left == 0 { judge() }
    return true
  }

  private mutating func judge() {
    if hits < window / 8 { rest = 8 * window }
    (left, hits) = (window, 0)
  }

  /// One of eight that find no room drives another one out, of the two in turn: so values that come in a circle which is
  /// longer than the memory do not all drive each other out.
  @inline(__always)
  mutating func replaces() -> Bool? {
    misses &+= 1
    return misses & 7 == 0 ? misses & 8 == 0 : nil
  }
}

extension UnsafeMutableRawPointer {
  fileprivate func copyMemory(from bytes: UnsafeRawBufferPointer) {
    if let from = bytes.baseAddress, bytes.count > 0 { copyMemory(from: from, byteCount: bytes.count) }
  }
}

extension UnsafeRawBufferPointer {
  /// A number that is spread evenly enough to choose a place by its high bits. Whoever makes values that meet gains
  /// nothing but that they are not remembered.
  @inline(__always)
  func mixed(from seed: UInt64 = 0) -> UInt64 {
    var mixed = seed &+ UInt64(truncatingIfNeeded: count)
    var offset = 0
    while offset + 8 <= count {
      mixed.mix(loadUnaligned(fromByteOffset: offset, as: UInt64.self))
      offset += 8
    }
    guard offset < count else { return mixed }
    if count >= 8 {
      mixed.mix(loadUnaligned(fromByteOffset: count - 8, as: UInt64.self))
    } else {
      var last: UInt64 = 0
      for index in 0..<count { last = last << 8 | UInt64(self[index]) }
      mixed.mix(last)
    }
    return mixed
  }
}

extension UInt64 {
  @inline(__always)
  fileprivate mutating func mix(_ word: UInt64) {
    self = (self ^ word) &* 0x9E37_79B9_7F4A_7C15
    self ^= self >> 32
  }
}
