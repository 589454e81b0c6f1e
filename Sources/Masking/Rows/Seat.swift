#if canImport(Glibc)
  private import Glibc
#elseif canImport(Darwin)
  private import Darwin
#endif

/// A column whose values somebody wants: its mask, its counts, and who watches it.
///
/// It cannot be copied, so that a mask is called where it is; copying an `any Mask` for each value cost as much as
/// hashing the value.
struct Seat: ~Copyable {
  let column: Int
  let isMasked: Bool
  let makesNull: Bool
  /// How a value goes from the binary format to text and back. Not asked for in the text format.
  let form: BinaryForm
  private let mask: any Mask
  private let observer: (any RowObserver)?
  private let takesNotes: Bool
  private var nulls = 0
  private var changed = 0
  private var unchanged = 0
  private var unrecognised = 0
  private var recent: RecentValues
  private let arriving: DistinctRegisters?
  private let leaving: DistinctRegisters?

  /// What a seat has to count with.
  static let registerBytes = 2 * DistinctRegisters.byteCount

  /// - Parameter registers: `registerBytes` zeros that live as long as the seat, where different values are counted.
  init(
    _ index: Int, _ column: RowPlan.Column, observer: (any RowObserver)?, _ memory: inout RecentMemory,
    _ registers: UnsafeMutablePointer<UInt8>?
  ) {
    self.column = index
    isMasked = column.mask != nil
    mask = column.mask ?? Unmasked()
    makesNull = column.mask?.traits.makesNull ?? false
    form = BinaryForm(of: column.type.family) ?? .same
    self.observer = observer
    takesNotes = observer?.takesNotes ?? false
    recent = Self.remembers(column, observer) ? memory.next() : .none
    arriving = registers.map { DistinctRegisters($0) }
    leaving = registers.map { DistinctRegisters($0 + DistinctRegisters.byteCount) }
  }

  /// Whether what came of a value is worth remembering: its mask, or an observer's note.
  static func remembers(_ column: RowPlan.Column, _ observer: (any RowObserver)?) -> Bool {
    guard let traits = column.mask?.traits else { return observer?.takesNotes ?? false }
    return traits.dependsOnValueAlone && !traits.makesNull
  }

  func tally(named name: String) -> ColumnTally {
    var tally = ColumnTally(column: name)
    tally.nulls = nulls
    tally.changed = changed
    tally.unchanged = unchanged
    tally.unrecognised = unrecognised
    if let arriving, let leaving { tally.distinct = .init(arriving: arriving.count, leaving: leaving.count) }
    return tally
  }

  /// To be called for all values of a row, as they lie in it, before `apply` and `kept`.
  @inline(__always)
  mutating func approach(_ raw: UnsafeRawBufferPointer) { recent.approach(raw) }

  /// Appends the mask of a value and judges it: changed or not, and of the mask's own grammar or not.
  @inline(__always)
  mutating func apply(
    _ original: UnsafeRawBufferPointer, _ row: MaskedRow, _ sink: inout ByteSink
  ) throws(MaskFailure) {
    let before = sink.count
    if let known = recent.find(original) {
      sink.append(known.mask)
      count(Verdict(rawValue: known.flags))
      return show(original, sink.bytes(from: before), known.note)
    }
    try mask.mask(original, in: row, into: &sink)
    let output = sink.bytes(from: before)
    let verdict = Verdict(isSame: output.isSame(as: original), isRecognised: mask.recognises(output))
    count(verdict)
    // What is known has been counted.
    arriving?.see(original)
    leaving?.see(output)
    show(original, output, 0)
    if recent.hasRoom { recent.keep(.init(mask: output, flags: verdict.rawValue, note: note), of: original) }
  }

  @inline(__always)
  private mutating func count(_ verdict: Verdict) {
    if verdict.isSame { unchanged += 1 } else { changed += 1 }
    if !verdict.isRecognised { unrecognised += 1 }
  }

  /// Only the note where there is one.
  @inline(__always)
  private func show(_ original: UnsafeRawBufferPointer, _ copied: UnsafeRawBufferPointer, _ note: UInt8) {
    if note > 0 {
      observer?.sawAgain(column: column, note: note)
    } else {
      observer?.saw(column: column, original: original, copied: copied)
    }
  }

  private var note: UInt8 { takesNotes ? observer?.note ?? 0 : 0 }

  mutating func sawNull() {
    nulls += 1
    observer?.saw(column: column, original: nil, copied: nil)
  }

  mutating func madeNull(_ original: UnsafeRawBufferPointer) {
    changed += 1
    arriving?.see(original)
    observer?.saw(column: column, original: original, copied: nil)
  }

  @inline(__always)
  mutating func kept(_ original: UnsafeRawBufferPointer) {
    let known = recent.find(original)
    show(original, original, known?.note ?? 0)
    if recent.hasRoom { recent.keep(.init(mask: original.part(0, 0), flags: 0, note: note), of: original) }
  }
}

/// What is found out about a mask beside the value.
private struct Verdict {
  let rawValue: UInt8

  @inline(__always) init(rawValue: UInt8) { self.rawValue = rawValue }
  @inline(__always) init(isSame: Bool, isRecognised: Bool) { rawValue = (isSame ? 1 : 0) | (isRecognised ? 2 : 0) }

  @inline(__always) var isSame: Bool { rawValue & 1 != 0 }
  @inline(__always) var isRecognised: Bool { rawValue & 2 != 0 }
}

/// Stands where a column is watched and not masked; it is never asked.
private struct Unmasked: Mask {
  var traits: MaskTraits { MaskTraits(uniqueness: .preserved, leak: .off) }
  func mask(_ value: UnsafeRawBufferPointer, in row: MaskedRow, into sink: inout ByteSink) { sink.append(value) }
  func recognises(_ value: UnsafeRawBufferPointer) -> Bool { true }
}

extension UnsafeRawBufferPointer {
  @inline(__always)
  func isSame(as other: UnsafeRawBufferPointer) -> Bool {
    guard count == other.count else { return false }
    guard let here = baseAddress, let there = other.baseAddress else { return true }
    return memcmp(here, there, count) == 0
  }
}
