/// Masks of places inside json and jsonb; everything else stays letter for letter.
///
/// A path goes through objects by their keys, and through arrays into every element. Where it ends, every scalar below
/// is masked: a number whose mask is a number stays one, other masks become texts, null stays null.
struct JSONMask: Mask {
  struct Member {
    var path: [String]
    var mask: any Mask
  }

  let members: [Member]

  var traits: MaskTraits {
    MaskTraits(
      isDeterministic: members.allSatisfy { $0.mask.traits.isDeterministic }, uniqueness: .lossy,
      leak: members.contains { $0.mask.traits.leak != .off } ? .words : .off)
  }

  func mask(_ value: UnsafeRawBufferPointer, in row: MaskedRow, into sink: inout ByteSink) throws(MaskFailure) {
    var walk = JSONWalk(bytes: value, members: members, row: row, isChecking: false)
    try walk.value(members.indices.map { ($0, 0) }, nil, 0, &sink)
    guard walk.isAtEnd else { throw MaskFailure("its JSON does not end where it should") }
  }

  func recognises(_ value: UnsafeRawBufferPointer) -> Bool {
    var sink = ByteSink()
    var walk = JSONWalk(
      bytes: value, members: members, row: MaskedRow(key: UnsafeRawBufferPointer(start: nil, count: 0)),
      isChecking: true)
    do throws(MaskFailure) {
      try walk.value(members.indices.map { ($0, 0) }, nil, 0, &sink)
      return walk.isAtEnd && walk.isRecognised
    } catch {
      return false
    }
  }
}

/// One way through a JSON text (RFC 8259), which PostgreSQL has found to be one.
private struct JSONWalk {
  let bytes: UnsafeRawBufferPointer
  let members: [JSONMask.Member]
  let row: MaskedRow
  /// The masks are asked whether they know the values; else they make others of them.
  let isChecking: Bool
  var isRecognised = true
  private var index = 0

  /// A thread's stack holds so many levels with ease; what is deeper is refused, not copied.
  private static let depthLimit = 500

  init(bytes: UnsafeRawBufferPointer, members: [JSONMask.Member], row: MaskedRow, isChecking: Bool) {
    (self.bytes, self.members, self.row, self.isChecking) = (bytes, members, row, isChecking)
  }

  var isAtEnd: Bool {
    bytes[index...].allSatisfy { Self.isBlank($0) }
  }

  /// - Parameters:
  ///   - active: members whose path has come this far, with the number of keys that are behind.
  ///   - mask: of the place above, where a path has ended.
  mutating func value(
    _ active: [(member: Int, depth: Int)], _ mask: (any Mask)?, _ level: Int, _ sink: inout ByteSink
  ) throws(MaskFailure) {
    guard level < Self.depthLimit else {
      throw MaskFailure("its JSON is nested more than \(Self.depthLimit) levels deep")
    }
    let mask = mask ?? active.first { members[$0.member].path.count == $0.depth }.map { members[$0.member].mask }
    blanks(&sink)
    guard index < bytes.count else { throw MaskFailure("its JSON does not end where it should") }
    switch bytes[index] {
    case UInt8(ascii: "{"): try object(active, mask, level, &sink)
    case UInt8(ascii: "["): try list(active, mask, level, &sink)
    default: try scalar(mask, &sink)
    }
    blanks(&sink)
  }

  private mutating func object(
    _ active: [(member: Int, depth: Int)], _ mask: (any Mask)?, _ level: Int, _ sink: inout ByteSink
  ) throws(MaskFailure) {
    take(&sink)
    var key = ByteSink()
    while index < bytes.count {
      blanks(&sink)
      if bytes[safe: index] == UInt8(ascii: "}") { return take(&sink) }
      let start = index
      try string(into: &key)
      sink.append(UnsafeRawBufferPointer(rebasing: bytes[start..<index]))
      blanks(&sink)
      take(&sink)
      let inner = active.filter { entry in
        let path = members[entry.member].path
        return entry.depth < path.count && key.bytes.elementsEqual(path[entry.depth].utf8)
      }
      try value(inner.map { ($0.member, $0.depth + 1) }, mask, level + 1, &sink)
      if bytes[safe: index] == UInt8(ascii: ",") { take(&sink) }
    }
    throw MaskFailure("its JSON does not end where it should")
  }

  private mutating func list(
    _ active: [(member: Int, depth: Int)], _ mask: (any Mask)?, _ level: Int, _ sink: inout ByteSink
  ) throws(MaskFailure) {
    take(&sink)
    blanks(&sink)
    while index < bytes.count {
      if bytes[index] == UInt8(ascii: "]") { return take(&sink) }
      try value(active, mask, level + 1, &sink)
      if bytes[safe: index] == UInt8(ascii: ",") { take(&sink) }
    }
    throw MaskFailure("its JSON does not end where it should")
  }

  private mutating func scalar(_ mask: (any Mask)?, _ sink: inout ByteSink) throws(MaskFailure) {
    let start = index
    var text = ByteSink()
    let isString = bytes[index] == UInt8(ascii: "\"")
    if isString {
      try string(into: &text)
    } else {
      while index < bytes.count, !Self.ends(bytes[index]) { index += 1 }
      text.append(UnsafeRawBufferPointer(rebasing: bytes[start..<index]))
    }
    guard index > start else { throw MaskFailure("its JSON does not end where it should") }
    let isNull = !isString && text.bytes.elementsEqual("null".utf8)
    guard let mask, !isNull else { return sink.append(UnsafeRawBufferPointer(rebasing: bytes[start..<index])) }
    guard !isChecking else {
      isRecognised = isRecognised && !mask.traits.makesNull && mask.recognises(text.bytes)
      return
    }
    if mask.traits.makesNull { return sink.append("null") }
    var masked = ByteSink()
    try mask.mask(text.bytes, in: row, into: &masked)
    if !isString, Self.isNumber(masked.bytes) { return sink.append(masked.bytes) }
    Self.write(masked.bytes, into: &sink)
  }

  /// Reads the string that begins here, without its escapes.
  private mutating func string(into text: inout ByteSink) throws(MaskFailure) {
    text.removeAll()
    guard bytes[safe: index] == UInt8(ascii: "\"") else {
      throw MaskFailure("its JSON has no text where one should be")
    }
    index += 1
    while index < bytes.count {
      let byte = bytes[index]
      index += 1
      if byte == UInt8(ascii: "\"") { return }
      if byte == UInt8(ascii: "\\") { escape(into: &text) } else { text.append(byte) }
    }
    throw MaskFailure("its JSON has a text that does not end")
  }

  private mutating func escape(into text: inout ByteSink) {
    let letter = bytes[safe: index] ?? 0
    index += 1
    switch letter {
    case UInt8(ascii: "n"): text.append(UInt8(0x0A))
    case UInt8(ascii: "t"): text.append(UInt8(0x09))
    case UInt8(ascii: "r"): text.append(UInt8(0x0D))
    case UInt8(ascii: "b"): text.append(UInt8(0x08))
    case UInt8(ascii: "f"): text.append(UInt8(0x0C))
    case UInt8(ascii: "u"):
      var code = unit()
      if (0xD800...0xDBFF).contains(code), bytes[safe: index] == UInt8(ascii: "\\"),
        bytes[safe: index + 1] == UInt8(ascii: "u")
      {
        index += 2
        code = 0x10000 + (code - 0xD800) << 10 + (unit() & 0x3FF)
      }
      for byte in String(Unicode.Scalar(code) ?? "\u{FFFD}").utf8 { text.append(byte) }
    default: text.append(letter)
    }
  }

  private mutating func unit() -> UInt32 {
    let end = min(bytes.count, index + 4)
    defer { index = end }
    return UInt32(String(decoding: UnsafeRawBufferPointer(rebasing: bytes[index..<end]), as: UTF8.self), radix: 16)
      ?? 0xFFFD
  }

  private mutating func blanks(_ sink: inout ByteSink) {
    while index < bytes.count, Self.isBlank(bytes[index]) { take(&sink) }
  }

  private mutating func take(_ sink: inout ByteSink) {
    guard index < bytes.count else { return }
    sink.append(bytes[index])
    index += 1
  }
}

extension JSONWalk {
  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

  private static func ends(_ byte: UInt8) -> Bool {
    isBlank(byte) || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]")
  }

  private static func isNumber(_ text: UnsafeRawBufferPointer) -> Bool {
    var digits = text[...]
    if digits.first == UInt8(ascii: "-") { digits = digits.dropFirst() }
    guard let first = digits.first, (0x30...0x39).contains(first), first != 0x30 || digits.count == 1 else {
      return false
    }
    return digits.allSatisfy { (0x30...0x39).contains($0) }
  }

  /// What JSON forbids inside a text is escaped, and nothing else.
  private static func write(_ text: UnsafeRawBufferPointer, into sink: inout ByteSink) {
    sink.append(UInt8(ascii: "\""))
    for byte in text {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        sink.append(UInt8(ascii: "\\"))
        sink.append(byte)
      case 0..<0x20:
        sink.append(byte < 0x10 ? "\\u000" : "\\u001")
        sink.append(Array("0123456789abcdef".utf8)[Int(byte & 15)])
      default: sink.append(byte)
      }
    }
    sink.append(UInt8(ascii: "\""))
  }
}

extension UnsafeRawBufferPointer {
  fileprivate subscript(safe index: Int) -> UInt8? { index < count ? self[index] : nil }
}
