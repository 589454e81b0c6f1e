#if canImport(Glibc)
  private import Glibc
#elseif canImport(Darwin)
  private import Darwin
#endif

/// Short values that were looked at lately and have no original in them: a column of few values, or of one mask for all
/// of them, is not taken apart again for every row.
///
/// A value counts as clean only once the filter was asked about all of it, which is when its row is over. The owner of
/// its memory.
struct CleanValues: ~Copyable {
  /// What was found out about a value beside that it is clean.
  struct Findings {
    var candidates = 0
    var chanceOfNumbers = 0.0
  }

  /// 64 bytes, a line of the processor's cache.
  private struct Slot {
    var chanceOfNumbers = 0.0
    var candidates: UInt32 = 0
    var form: UInt8 = 0
    /// 0 for none.
    var count: UInt8 = 0
    var isClean = false
    var bytes = SIMD32<UInt8>()
  }

  /// What waits for its row to be over.
  private struct Waiting {
    var slot: Int
    var place: Int
  }

  private let slots: UnsafeMutablePointer<Slot>
  private let waiting: UnsafeMutablePointer<Waiting>
  private var waitingCount = 0

  static let longest = 32
  private static let bits: UInt64 = 9
  private static let mostWaiting = 64

  init() {
    slots = .allocate(capacity: 1 << Self.bits)
    slots.initialize(repeating: Slot(), count: 1 << Self.bits)
    waiting = .allocate(capacity: Self.mostWaiting)
  }

  deinit {
    slots.deallocate()
    waiting.deallocate()
  }

  /// Where a value lies, if it lies anywhere; nothing for one that is too long.
  @inline(__always)
  func slot(of value: UnsafeRawBufferPointer) -> Int? {
    guard value.count <= Self.longest, value.count >= LeakBounds.shortest else { return nil }
    let tail = value.count - 4
    let (first, middle, last) = (
      value.loadUnaligned(fromByteOffset: 0, as: UInt32.self),
      value.loadUnaligned(fromByteOffset: tail >> 1, as: UInt32.self),
      value.loadUnaligned(fromByteOffset: tail, as: UInt32.self)
    )
    let mixed = (UInt64(first) << 32 | UInt64(last)) ^ (UInt64(middle) &* 0x9E37_79B9)
    return Int(((mixed &+ UInt64(value.count)) &* 0x9E37_79B9_7F4A_7C15) >> (64 - Self.bits))
  }

  @inline(__always)
  func findings(_ value: UnsafeRawBufferPointer, _ form: CandidateReader.Form, in slot: Int) -> Findings? {
    let found = slots + slot
    guard found.pointee.isClean, Int(found.pointee.count) == value.count, found.pointee.form == form.number,
      let bytes = value.baseAddress,
      withUnsafeBytes(of: &found.pointee.bytes, { memcmp($0.baseAddress.unsafelyUnwrapped, bytes, value.count) == 0 })
    else { return nil }
    return Findings(candidates: Int(found.pointee.candidates), chanceOfNumbers: found.pointee.chanceOfNumbers)
  }

  /// Keeps a value until it is known whether it is clean.
  @inline(__always)
  mutating func wait(
    _ value: UnsafeRawBufferPointer, _ form: CandidateReader.Form, in slot: Int, of place: Int, _ findings: Findings
  ) {
    guard waitingCount < Self.mostWaiting else { return }
    let kept = slots + slot
    kept.pointee.isClean = false
    (kept.pointee.chanceOfNumbers, kept.pointee.candidates) = (
      findings.chanceOfNumbers, UInt32(truncatingIfNeeded: findings.candidates)
    )
    (kept.pointee.form, kept.pointee.count) = (form.number, UInt8(truncatingIfNeeded: value.count))
    withUnsafeMutableBytes(of: &kept.pointee.bytes) { $0.copyMemory(from: value) }
    waiting[waitingCount] = Waiting(slot: slot, place: place)
    waitingCount += 1
  }

  /// The row is over. Two of its values may have met in one slot: a place in which something was found has the last word.
  @inline(__always)
  mutating func settle(_ found: [(place: Int, fingerprint: KeyedFingerprint)]) {
    for index in 0..<waitingCount { slots[waiting[index].slot].isClean = true }
    if !found.isEmpty {
      for index in 0..<waitingCount where found.contains(where: { $0.place == waiting[index].place }) {
        slots[waiting[index].slot].isClean = false
      }
    }
    waitingCount = 0
  }
}

extension CandidateReader.Form {
  @inline(__always)
  fileprivate var number: UInt8 {
    switch self {
    case .text: 0
    case .json: 1
    case .array: 2
    case .quoted: 3
    }
  }
}
