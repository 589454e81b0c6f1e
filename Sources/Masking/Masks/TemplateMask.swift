/// `template`: a text with `{hex}`, `{row}` or `{column}` in it.
///
/// `{hex}` is keyed hexadecimal of the value, byte by byte but as in `hash` for `citext`; `{row}` the key of the row as its mask is told it;
/// `{column}` the column's name. A brace that is none of these is an error: it would stand in every row.
struct TemplateMask: Mask {
  enum Piece: Sendable, Hashable {
    case text([UInt8])
    case hexadecimal
    case row
  }

  private let pieces: [Piece]
  private let digits: Int
  private let hash: KeyedHash?
  private let foldsCase: Bool
  let traits: MaskTraits

  init(_ order: MaskOrder) throws(MaskRefusal) {
    foldsCase = order.column.type.ignoresCase
    pieces = try Self.pieces(of: order.text("template") ?? "", column: order.column.name)
    let (hexadecimals, rows) = (pieces.count { $0 == .hexadecimal }, pieces.count { $0 == .row })
    let rowLength = rows == 0 ? 0 : try order.longestRowKey()
    // Without a bound for the row's key nothing is left of a bounded column to give to the digits.
    let fixed = Self.textLength(of: pieces).addingSaturating(rows.multipliedSaturating(by: rowLength))
    if hexadecimals > 0 {
      digits = try order.templateDigits(count: hexadecimals, fixed: fixed)
      hash = try order.hash()
    } else {
      (digits, hash) = (0, nil)
      try order.requireRoom(for: fixed, "the `template`")
    }
    let uniqueness: MaskTraits.Uniqueness =
      rows > 0 && order.hasSimpleRowKey ? .preserved : digits > 0 ? .probabilistic(bits: 4 * digits) : .lossy
    traits = MaskTraits(
      isDeterministic: rows == 0, uniqueness: uniqueness,
      maximumLength: fixed.addingSaturating(digits * hexadecimals), foldsText: foldsCase, readsRowKey: rows > 0)
  }

  func mask(_ value: UnsafeRawBufferPointer, in row: MaskedRow, into sink: inout ByteSink) throws(MaskFailure) {
    let digest = foldsCase ? hash?.digest(lowercasing: value) : hash?.digest(value)
    for piece in pieces {
      switch piece {
      case .text(let bytes): sink.append(bytes)
      case .hexadecimal: digest?.append(hexadecimal: digits, to: &sink)
      case .row: sink.append(row.key)
      }
    }
  }

  func recognises(_ value: UnsafeRawBufferPointer) -> Bool {
    TemplateGrammar(runs: pieces.split(separator: .row, omittingEmptySubsequences: false).map(Array.init), digits)
      .accepts(value)
  }

  private static func textLength(of pieces: [Piece]) -> Int {
    pieces.reduce(0) { total, piece in
      guard case .text(let bytes) = piece else { return total }
      return total + bytes.withUnsafeBytes { $0.characters }
    }
  }

  private static func pieces(of template: String, column: String) throws(MaskRefusal) -> [Piece] {
    var pieces: [Piece] = []
    var rest = Substring(template)
    while let brace = rest.firstIndex(where: { $0 == "{" || $0 == "}" }) {
      pieces.append(.text(Array(rest[..<brace].utf8)))
      let end = rest[brace...].firstIndex(of: "}") ?? brace
      switch rest[brace...end] {
      case "{hex}": pieces.append(.hexadecimal)
      case "{row}": pieces.append(.row)
      case "{column}": pieces.append(.text(Array(column.utf8)))
      case let other:
        throw MaskRefusal(
          "mask_option", "a `template` knows {hex}, {row} and {column}; `\(other)` is none of them")
      }
      rest = rest[rest.index(after: end)...]
    }
    pieces.append(.text(Array(rest.utf8)))
    return pieces.filter { $0 != .text([]) }
  }
}

extension MaskOrder {
  private var rowKey: [Column] {
    let names = table.uniqueKeys.first { $0.isPrimary }?.columns.compactMap { $0 } ?? []
    return names.compactMap { table[$0] }
  }

  /// The text of the row's key tells rows apart: composite keys of texts may have commas in them.
  fileprivate var hasSimpleRowKey: Bool {
    rowKey.count == 1 || (!rowKey.isEmpty && rowKey.allSatisfy { $0.type.family.textLength != nil })
  }

  /// Characters of the longest key of a row, commas included; `Int.max` where nothing bounds it.
  fileprivate func longestRowKey() throws(MaskRefusal) -> Int {
    guard !rowKey.isEmpty else {
      throw MaskRefusal(
        "mask_row_key", "the `template` has {row} in it and the table \(table.name) has no primary key; take {hex}")
    }
    return rowKey.reduce(rowKey.count - 1) { total, column in
      total.addingSaturating(column.type.family.textLength ?? column.maximumLength ?? .max)
    }
  }

  /// As `hexadecimalLength`, for digits that stand in the text several times.
  fileprivate func templateDigits(count: Int, fixed: Int) throws(MaskRefusal) -> Int {
    let needed = uniqueAmong.map { BirthdayBound.hexadecimalLength(for: $0) } ?? 4
    let wanted = max(16, needed)
    guard let room, fixed.addingSaturating(count * wanted) > room else { return wanted }
    try requireRoom(for: fixed.addingSaturating(count * needed), "the `template`")
    return (room - fixed) / count
  }
}

extension ColumnType.Family {
  /// Characters of the longest value, for types without commas in their text.
  fileprivate var textLength: Int? {
    switch self {
    case .integer(bytes: 2): 6
    case .integer(bytes: 4): 11
    case .integer: 20
    case .uuid: 36
    case .date: 16
    default: nil
    }
  }
}

extension Int {
  fileprivate func addingSaturating(_ other: Int) -> Int {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }

  fileprivate func multipliedSaturating(by other: Int) -> Int {
    let (product, overflow) = multipliedReportingOverflow(by: other)
    return overflow ? .max : product
  }
}
