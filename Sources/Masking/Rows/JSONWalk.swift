/// A way through the bytes of one JSON document (RFC 8259) to the leaves under some paths.
///
/// The document comes from PostgreSQL, which has parsed it; what is not JSON all the same is a failure and never a leaf
/// that was missed.
struct JSONWalk {
  struct Leaf {
    /// With the quotes of a string.
    var start: Int
    var end: Int
    var isNumber: Bool
  }

  typealias Visit = (Leaf, UnsafeRawBufferPointer, any Mask, inout ByteSink) throws(MaskFailure) -> Void

  private let text: UnsafeRawBufferPointer
  private var index = 0

  init(_ text: UnsafeRawBufferPointer) { self.text = text }

  private static let malformed = MaskFailure("it is not a JSON document")
  /// Only levels under a path are walked by recursion; PostgreSQL itself gives up at some thousands.
  private static let deepest = 512

  /// Calls `visit` for each string and number under the paths, from left to right. Its bytes have no escapes any more
  /// and are valid during the call; the scratch is the visitor's to use only behind them.
  mutating func run(_ root: JSONPathNode, _ scratch: inout ByteSink, _ visit: Visit) throws(MaskFailure) {
    try walk(root, root.mask, 0, &scratch, visit)
    skipSpace()
    guard index == text.count else { throw Self.malformed }
  }

  private mutating func walk(
    _ node: JSONPathNode?, _ mask: (any Mask)?, _ depth: Int, _ scratch: inout ByteSink, _ visit: Visit
  ) throws(MaskFailure) {
    guard depth < Self.deepest else { throw MaskFailure("it has more than \(Self.deepest) levels under a masked path") }
    skipSpace()
    guard node != nil || mask != nil else { return try skip() }
    switch peek {
    case UInt8(ascii: "{"): try walkObject(node, mask, depth, &scratch, visit)
    case UInt8(ascii: "["): try walkArray(node, mask, depth, &scratch, visit)
    case UInt8(ascii: "\""):
      let start = index
      try skipString()
      if let mask { try visitString(start, mask, &scratch, visit) }
    default:
      let start = index
      try skip()
      let bytes = UnsafeRawBufferPointer(rebasing: text[start..<index])
      if let mask, Self.isNumber(bytes) {
        try visit(Leaf(start: start, end: index, isNumber: true), bytes, mask, &scratch)
      }
    }
  }

  private mutating func walkObject(
    _ node: JSONPathNode?, _ mask: (any Mask)?, _ depth: Int, _ scratch: inout ByteSink, _ visit: Visit
  ) throws(MaskFailure) {
    index += 1
    skipSpace()
    if take(UInt8(ascii: "}")) { return }
    repeat {
      skipSpace()
      let child = try key(node, &scratch)
      skipSpace()
      guard take(UInt8(ascii: ":")) else { throw Self.malformed }
      try walk(child, child?.mask ?? mask, depth + 1, &scratch, visit)
      skipSpace()
    } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "}")) else { throw Self.malformed }
  }

  private mutating func walkArray(
    _ node: JSONPathNode?, _ mask: (any Mask)?, _ depth: Int, _ scratch: inout ByteSink, _ visit: Visit
  ) throws(MaskFailure) {
    index += 1
    skipSpace()
    if take(UInt8(ascii: "]")) { return }
    repeat {
      try walk(node, mask, depth + 1, &scratch, visit)
      skipSpace()
    } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "]")) else { throw Self.malformed }
  }

  /// A key may be written with escapes, and is the same key.
  private mutating func key(_ node: JSONPathNode?, _ scratch: inout ByteSink) throws(MaskFailure) -> JSONPathNode? {
    guard peek == UInt8(ascii: "\"") else { throw Self.malformed }
    let start = index + 1
    try skipString()
    guard let node else { return nil }
    let raw = UnsafeRawBufferPointer(rebasing: text[start..<(index - 1)])
    guard TextField.hasEscapes(raw) else { return node.child(raw) }
    scratch.removeAll()
    guard JSONText.unescape(raw, into: &scratch) else { throw Self.malformed }
    return node.child(scratch.bytes)
  }

  private func visitString(
    _ start: Int, _ mask: any Mask, _ scratch: inout ByteSink, _ visit: Visit
  ) throws(MaskFailure) {
    let raw = UnsafeRawBufferPointer(rebasing: text[(start + 1)..<(index - 1)])
    let leaf = Leaf(start: start, end: index, isNumber: false)
    guard TextField.hasEscapes(raw) else { return try visit(leaf, raw, mask, &scratch) }
    scratch.removeAll()
    guard JSONText.unescape(raw, into: &scratch) else { throw Self.malformed }
    try visit(leaf, scratch.bytes, mask, &scratch)
  }
}

extension JSONWalk {
  private var peek: UInt8? { index < text.count ? text[index] : nil }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard peek == byte else { return false }
    index += 1
    return true
  }

  private mutating func skipSpace() {
    while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { index += 1 }
  }

  private mutating func skipString() throws(MaskFailure) {
    index += 1
    while let byte = peek, byte != UInt8(ascii: "\"") { index += byte == TextField.backslash ? 2 : 1 }
    guard take(UInt8(ascii: "\"")) else { throw Self.malformed }
  }

  /// Over one value, whatever is in it: its levels are counted and cost no stack.
  private mutating func skip() throws(MaskFailure) {
    var depth = 0
    repeat {
      skipSpace()
      switch peek {
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth += 1
        index += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth -= 1
        index += 1
      case UInt8(ascii: ","), UInt8(ascii: ":"): index += 1
      case UInt8(ascii: "\""): try skipString()
      case nil: throw Self.malformed
      default: skipBare()
      }
      guard depth >= 0 else { throw Self.malformed }
    } while depth > 0
  }

  /// A number, `true`, `false` or `null`.
  private mutating func skipBare() {
    let start = index
    while let byte = peek, byte > 0x20, byte != UInt8(ascii: ","), byte != UInt8(ascii: "}"),
      byte != UInt8(ascii: "]"), byte != UInt8(ascii: ":"), byte != UInt8(ascii: "\"")
    { index += 1 }
    // A byte that begins nothing is stepped over too, or this would never end.
    if index == start { index += 1 }
  }

  /// RFC 8259, section 6.
  static func isNumber(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var rest = bytes[...]
    func digits() -> Bool {
      let run = rest.prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
      rest = rest.dropFirst(run.count)
      return !run.isEmpty
    }
    if rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
    let hasZero = rest.first == UInt8(ascii: "0")
    let whole = rest.count
    guard digits(), !hasZero || whole - rest.count == 1 else { return false }
    if rest.first == UInt8(ascii: ".") {
      rest = rest.dropFirst()
      guard digits() else { return false }
    }
    if let letter = rest.first, letter | 0x20 == UInt8(ascii: "e") {
      rest = rest.dropFirst()
      if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
      guard digits() else { return false }
    }
    return rest.isEmpty
  }
}

/// The escapes of JSON's strings (RFC 8259, section 7).
enum JSONText {
  /// False for an escape that is none. A lone half of a surrogate pair becomes U+FFFD, for it has no UTF-8.
  static func unescape(_ raw: UnsafeRawBufferPointer, into sink: inout ByteSink) -> Bool {
    var index = 0
    while index < raw.count {
      guard raw[index] == TextField.backslash else {
        sink.append(raw[index])
        index += 1
        continue
      }
      guard index + 1 < raw.count else { return false }
      let letter = raw[index + 1]
      index += 2
      switch letter {
      case UInt8(ascii: "b"): sink.append(0x08)
      case UInt8(ascii: "f"): sink.append(0x0C)
      case UInt8(ascii: "n"): sink.append(0x0A)
      case UInt8(ascii: "r"): sink.append(0x0D)
      case UInt8(ascii: "t"): sink.append(0x09)
      case UInt8(ascii: "\""), TextField.backslash, UInt8(ascii: "/"): sink.append(letter)
      case UInt8(ascii: "u"):
        guard let scalar = scalar(raw, &index) else { return false }
        for byte in Unicode.UTF8.encode(scalar) ?? Unicode.UTF8.encodedReplacementCharacter { sink.append(byte) }
      default: return false
      }
    }
    return true
  }

  private static func scalar(_ raw: UnsafeRawBufferPointer, _ index: inout Int) -> Unicode.Scalar? {
    guard let first = unit(raw, index) else { return nil }
    index += 4
    if first & 0xFC00 == 0xD800, index + 6 <= raw.count, raw[index] == TextField.backslash,
      raw[index + 1] == UInt8(ascii: "u"), let second = unit(raw, index + 2), second & 0xFC00 == 0xDC00
    {
      index += 6
      return Unicode.Scalar(0x10000 + (first & 0x3FF) << 10 + (second & 0x3FF))
    }
    return Unicode.Scalar(first) ?? "\u{FFFD}"
  }

  private static func unit(_ raw: UnsafeRawBufferPointer, _ index: Int) -> UInt32? {
    guard index + 4 <= raw.count else { return nil }
    var value: UInt32 = 0
    for byte in raw[index..<(index + 4)] {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt32(byte - UInt8(ascii: "0"))
      case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt32(byte - UInt8(ascii: "a") + 10)
      case UInt8(ascii: "A")...UInt8(ascii: "F"): value = value << 4 | UInt32(byte - UInt8(ascii: "A") + 10)
      default: return nil
      }
    }
    return value
  }

  static func isPlain(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var isPlain = true
    for byte in bytes {
      isPlain = isPlain && byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != TextField.backslash
    }
    return isPlain
  }

  /// Makes a JSON string of what was appended since `offset`, but for its first `prefix` bytes.
  static func quote(
    _ sink: inout ByteSink, from offset: Int, leaving prefix: Int = 0, over scratch: inout ByteSink
  ) {
    scratch.removeAll()
    scratch.append(sink.bytes(from: offset + prefix))
    sink.truncate(to: offset)
    sink.append(UInt8(ascii: "\""))
    for byte in scratch.bytes {
      if byte == UInt8(ascii: "\"") || byte == TextField.backslash {
        sink.append(TextField.backslash)
        sink.append(byte)
      } else if byte < 0x20 {
        sink.append("\\u00")
        sink.append(byte < 0x10 ? UInt8(ascii: "0") : UInt8(ascii: "1"))
        sink.append(byte & 15 < 10 ? UInt8(ascii: "0") + byte & 15 : UInt8(ascii: "a") + byte & 15 - 10)
      } else {
        sink.append(byte)
      }
    }
    sink.append(UInt8(ascii: "\""))
  }
}
