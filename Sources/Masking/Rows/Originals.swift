/// What of a masked column's values must not occur in the copy, as the masks themselves declare it.
extension Mask {
  /// Whether `originals` ever gives something.
  public var hasOriginals: Bool {
    if let document = self as? JSONPathMask { return document.root.masks.contains { $0.traits.leak != .off } }
    return traits.leak != .off
  }

  /// Set where the whole value is the original, and says whether its words are too; then `originals` need not be asked.
  public var wholeOriginal: MaskTraits.Leak? {
    self is JSONPathMask || self is ArrayMask || traits.leak == .off ? nil : traits.leak
  }

  /// Calls `each` with every original in a value: the value itself, the elements of an array, the masked leaves of a
  /// JSON document; not those whose mask keeps originals by what it is.
  ///
  /// - Throws: for a value that is not of its type's text form.
  public func originals(
    of value: UnsafeRawBufferPointer, _ each: (UnsafeRawBufferPointer, MaskTraits.Leak) -> Void
  ) throws(MaskFailure) {
    if let document = self as? JSONPathMask {
      try document.leaves(of: value) { leaf, mask in if mask.traits.leak != .off { each(leaf, mask.traits.leak) } }
    } else if let list = self as? ArrayMask {
      let leak = list.element.traits.leak
      guard leak != .off else { return }
      try ArrayElements.each(of: value, delimiter: list.delimiter) { each($0, leak) }
    } else if traits.leak != .off {
      each(value, traits.leak)
    }
  }
}

/// The elements of an array in PostgreSQL's text form, without quotes and backslashes; none for NULL.
public enum ArrayElements {
  public static func each(
    of text: UnsafeRawBufferPointer, delimiter: UInt8 = UInt8(ascii: ","), _ body: (UnsafeRawBufferPointer) -> Void
  ) throws(MaskFailure) {
    var scratch = ByteSink(capacity: 0)
    var reader = ArrayText(text, delimiter)
    while let part = try reader.next(over: &scratch) {
      if case .element(let element) = part { body(element) }
    }
  }
}

/// Every string and number of a JSON document, without escapes.
public enum JSONLeaves {
  private static let everything = JSONPathNode([(path: [], mask: EveryLeaf())])

  /// - Throws: for what is no JSON, or deeper than the walk goes; leaves before that place were given.
  public static func each(
    of document: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void
  ) throws(MaskFailure) {
    var walk = JSONWalk(document)
    var scratch = ByteSink(capacity: 0)
    try walk.run(everything, &scratch) { (_, leaf, _, _) throws(MaskFailure) in body(leaf) }
  }
}

private struct EveryLeaf: Mask {
  var traits: MaskTraits { MaskTraits(uniqueness: .preserved, leak: .off) }
  func mask(_ value: UnsafeRawBufferPointer, in row: MaskedRow, into sink: inout ByteSink) { sink.append(value) }
  func recognises(_ value: UnsafeRawBufferPointer) -> Bool { true }
}

extension CopyPlan.Column {
  /// The column's values in the copy are originals by what its mask is: shuffled, rounded, put into groups, or other
  /// values of the same small space, among which those of other rows stand by chance (addresses, permuted numbers). That
  /// no value is its own mask is what the masking pass counts. Of a `custom` rule, its author says so.
  public var keepsOriginals: Bool {
    if leak == .off { return true }
    return switch mask {
    case .kept: false
    case .masked(let mask):
      mask is IPMask || mask is FPEMask || !mask.hasOriginals && !(mask is JSONPathMask) && !mask.traits.makesNull
    case .expression: mask.hasWindow
    }
  }
}

extension CopyPlan.Table {
  /// Columns that the source itself changes before they are seen here: by an expression, or by SQL that was lifted.
  /// Shuffled columns are none of them.
  public var columnsChangedAtSource: [String] {
    let written = lifted.map { $0.levels.reduce(into: Set<String>()) { $0.formUnion($1.written) } } ?? []
    return columns.compactMap { column in
      if case .expression = column.mask, !column.mask.hasWindow { return column.column.name }
      return written.contains(column.column.name) ? column.column.name : nil
    }
  }

  /// Those whose originals nobody reads beside the rows either, and whose rule does not say that it keeps them.
  public var columnsNotCollected: [String] {
    let known = Set(hidden.keys.map { columns[$0].column.name })
      .union(columns.filter { $0.keepsOriginals || $0.column.type.family.isDateOrTime }.map(\.column.name))
    return columnsChangedAtSource.filter { !known.contains($0) }
  }
}
