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
  private var nulls = 0
  private var changed = 0
  private var unchanged = 0
  private var unrecognised = 0

  init(_ index: Int, _ column: RowPlan.Column, observer: (any RowObserver)?) {
    self.column = index
    isMasked = column.mask != nil
    mask = column.mask ?? Unmasked()
    makesNull = column.mask?.traits.makesNull ?? false
    form = BinaryForm(of: column.type.family) ?? .same
    self.observer = observer
  }

  func tally(named name: String) -> ColumnTally {
    var tally = ColumnTally(column: name)
    tally.nulls = nulls
    tally.changed = changed
    tally.unchanged = unchanged
    tally.unrecognised = unrecognised
    return tally
  }

  /// Appends the mask of a value and judges it: changed or not, and of the mask's own grammar or not.
  @inline(__always)
  mutating func apply(
    _ original: UnsafeRawBufferPointer, _ row: MaskedRow, _ sink: inout ByteSink
  ) throws(MaskFailure) {
    let before = sink.count
    try mask.mask(original, in: row, into: &sink)
    let output = sink.bytes(from: before)
    if output.isSame(as: original) { unchanged += 1 } else { changed += 1 }
    if !mask.recognises(output) { unrecognised += 1 }
    observer?.saw(column: column, original: original, copied: output)
  }

  mutating func sawNull() {
    nulls += 1
    observer?.saw(column: column, original: nil, copied: nil)
  }

  mutating func madeNull(_ original: UnsafeRawBufferPointer) {
    changed += 1
    observer?.saw(column: column, original: original, copied: nil)
  }

  func kept(_ original: UnsafeRawBufferPointer) { observer?.saw(column: column, original: original, copied: original) }
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
