/// One statement with a defect that is put in on purpose: it does nothing, or forgets some of its rows.
public struct BrokenStatement: Sendable, Hashable {
  /// Its place in `Lifting.statements`.
  public var place: Int
  public var defect: BrokenMask.Defect

  public init(_ place: Int, _ defect: BrokenMask.Defect) { (self.place, self.defect) = (place, defect) }
}

/// A mask with a defect that is put in on purpose, to see whether verification would notice it.
public struct BrokenMask: Mask {
  public enum Defect: String, Sendable, Hashable, CaseIterable {
    case returnsItsInput = "returns its input"
    case forgetsSome = "masks only some rows"
  }

  private let base: any Mask
  private let defect: Defect
  public let traits: MaskTraits

  public init(_ base: any Mask, _ defect: Defect) {
    (self.base, self.defect) = (base, defect)
    var traits = base.traits
    traits.makesNull = false
    self.traits = traits
  }

  public func mask(
    _ value: UnsafeRawBufferPointer, in row: MaskedRow, into sink: inout ByteSink
  ) throws(MaskFailure) {
    // A mask that makes NULL of everything cannot do so for some.
    if defect == .returnsItsInput || base.traits.makesNull || isForgotten(value) { return sink.append(value) }
    try base.mask(value, in: row, into: &sink)
  }

  /// About every second value, the same in every run (FNV-1a).
  private func isForgotten(_ value: UnsafeRawBufferPointer) -> Bool {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in value { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    return (hash >> 32) & 1 == 0
  }

  /// Nobody asks a broken mask.
  public func recognises(_ value: UnsafeRawBufferPointer) -> Bool { true }
}

extension CopyPlan.Column {
  /// Gives a rule that the source carries out a defect: it leaves values as they are, all or about every second.
  public mutating func breakExpression(_ defect: BrokenMask.Defect) {
    guard case .expression(let expression) = mask else { return }
    let name = quote(column.name)
    switch defect {
    case .returnsItsInput: mask = .expression(name)
    case .forgetsSome:
      mask = .expression(
        "CASE WHEN pg_catalog.md5(\(name)::pg_catalog.text) OPERATOR(pg_catalog.<) '8' THEN (\(expression)\n)::\(column.cast) ELSE \(name) END"
      )
    }
  }
}
