import Masking

/// The value itself: what comes out is what the codec made of it, and nothing else.
struct Same: Mask {
  var traits: MaskTraits { MaskTraits(uniqueness: .preserved, leak: .off) }
  func mask(_ value: UnsafeRawBufferPointer, in row: MaskedRow, into sink: inout ByteSink) { sink.append(value) }
  func recognises(_ value: UnsafeRawBufferPointer) -> Bool { true }
}

/// Whatever the closure makes of the text.
struct Made: Mask {
  var traits = MaskTraits(uniqueness: .lossy)
  var known: @Sendable (String) -> Bool = { _ in true }
  var make: @Sendable (_ value: String, _ key: String) throws(MaskFailure) -> String

  func mask(_ value: UnsafeRawBufferPointer, in row: MaskedRow, into sink: inout ByteSink) throws(MaskFailure) {
    sink.append(Array(try make(String(decoding: value, as: UTF8.self), String(decoding: row.key, as: UTF8.self)).utf8))
  }

  func recognises(_ value: UnsafeRawBufferPointer) -> Bool { known(String(decoding: value, as: UTF8.self)) }
}

struct Nothing: Mask {
  var traits: MaskTraits { MaskTraits(makesNull: true, uniqueness: .lossy) }
  func mask(_ value: UnsafeRawBufferPointer, in row: MaskedRow, into sink: inout ByteSink) {}
  func recognises(_ value: UnsafeRawBufferPointer) -> Bool { false }
}

let upper = Made { value, _ throws(MaskFailure) in value.uppercased() }

extension Mask {
  func masked(_ text: String, key: String = "") throws -> String {
    var sink = ByteSink()
    let (value, key) = (Array(text.utf8), Array(key.utf8))
    try value.withUnsafeBytes { value in
      try key.withUnsafeBytes { try mask(value, in: MaskedRow(key: $0), into: &sink) }
    }
    return String(decoding: sink.bytes, as: UTF8.self)
  }

  func knows(_ text: String) -> Bool { Array(text.utf8).withUnsafeBytes { recognises($0) } }
}

let shop = QualifiedName("public", "people")

func column(_ name: String, _ mask: (any Mask)? = nil, _ family: ColumnType.Family = .text) -> RowPlan.Column {
  RowPlan.Column(name: name, type: ColumnType(name: "text", family: family), mask: mask)
}

/// The rows as they come out, one after another.
func through(_ masker: inout RowMasker, _ messages: [[UInt8]]) throws -> [UInt8] {
  var sink = ByteSink()
  for message in messages { try message.withUnsafeBytes { try masker.mask($0, into: &sink) } }
  return Array(sink.bytes)
}

func through(_ masker: inout RowMasker, _ rows: String...) throws -> String {
  String(decoding: try through(&masker, rows.map { Array($0.utf8) }), as: UTF8.self)
}
