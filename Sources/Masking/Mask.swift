/// One way of masking the values of a column: an instance is a strategy with its options, its key and its column.
///
/// Values are in PostgreSQL's text form, without COPY's escapes, in UTF-8; the codec brings them there and back. NULL
/// never reaches a mask: it stays NULL, but for a mask whose traits say that it makes NULL of everything.
public protocol Mask: Sendable {
  var traits: MaskTraits { get }

  /// Appends the mask of a value; what is in the sink before stays as it is.
  ///
  /// - Throws: where the value is outside of what the mask serves. The error holds no part of the value.
  func mask(_ value: UnsafeRawBufferPointer, in row: MaskedRow, into sink: inout ByteSink) throws(MaskFailure)

  /// Whether this mask could have produced the value. It is the grammar that verification asks, about every value.
  func recognises(_ value: UnsafeRawBufferPointer) -> Bool
}

/// What a mask may know of the row beside the value.
public struct MaskedRow {
  /// The text forms of the columns of the row's key, joined by commas; empty where the table has no key.
  public let key: UnsafeRawBufferPointer

  public init(key: UnsafeRawBufferPointer) { self.key = key }
}

/// A value that a mask cannot serve, in words without the value: "it has 4 digits, and fpe needs at least 6".
public struct MaskFailure: Error, Sendable, Hashable {
  public let reason: String

  public init(_ reason: String) { self.reason = reason }
}

/// What is promised of a mask: the plan holds the promises against the column's constraints.
public struct MaskTraits: Sendable, Hashable {
  public enum Uniqueness: Sendable, Hashable {
    /// Different values have different masks.
    case preserved
    /// Different values have different masks but for chance, among this many bits (birthday bound n²/2^(bits+1)).
    case probabilistic(bits: Int)
    /// Different values may well have one mask.
    case lossy
  }

  /// What verification looks for in the copy.
  public enum Leak: String, Sendable, Hashable {
    /// The whole original value.
    case value
    /// Each word of it too.
    case words
    /// Nothing: the mask keeps originals by what it is (shuffled values, generalised dates).
    case off
  }

  /// The same value gives the same mask, with the same key.
  public var isDeterministic: Bool
  public var makesNull: Bool
  public var uniqueness: Uniqueness
  public var leak: Leak
  /// Characters of the longest mask; nothing where that depends on the value and it is no longer than the value, and
  /// `Int.max` where nothing bounds it.
  public var maximumLength: Int?
  /// The mask looks at `MaskedRow.key`, which is put together only where some mask of the table does.
  public var readsRowKey: Bool
  /// Values that differ only in the case of ASCII letters or in blanks around them have one mask, whatever the
  /// uniqueness says: a unique column that tells such values apart has to be proved free of them.
  public var foldsText: Bool

  /// Nothing but the value, the rule and the key decides about the mask.
  var dependsOnValueAlone: Bool { isDeterministic && !readsRowKey }

  public init(
    isDeterministic: Bool = true, makesNull: Bool = false, uniqueness: Uniqueness, leak: Leak = .value,
    maximumLength: Int? = nil, readsRowKey: Bool = false, foldsText: Bool = false
  ) {
    self.isDeterministic = isDeterministic
    self.makesNull = makesNull
    self.uniqueness = uniqueness
    self.leak = leak
    self.maximumLength = maximumLength
    self.readsRowKey = readsRowKey
    self.foldsText = foldsText
  }
}
