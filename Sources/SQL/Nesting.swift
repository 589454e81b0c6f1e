/// How deep the tree of a text can be at most, from its tokens alone.
///
/// Names, constants, commas and what closes never deepen a tree; every operator, keyword and open bracket may. What
/// stands in a bracket counts until the bracket closes, so that ten thousand rows of VALUES are no depth.
struct Nesting {
  private var open = [0]
  private var depth = 0

  static func check(_ text: String) throws(SQLError) {
    let scan = ScanResult(text)
    if let error = scan.error(in: text) { throw error }
    let bytes = Array(text.utf8)
    var nesting = Nesting()
    for token in Tokens(message: scan.message) {
      guard !token.isComment, token.range.upperBound <= bytes.count, let first = bytes[token.range].first else {
        continue
      }
      nesting.take(first, isKeyword: token.isKeyword)
      if nesting.depth > SQL.nestingLimit { throw .tooDeep(at: token.range.lowerBound) }
    }
  }

  private mutating func take(_ first: UInt8, isKeyword: Bool) {
    switch first {
    case UInt8(ascii: "("), UInt8(ascii: "["):
      open.append(1)
      depth += 1
    case UInt8(ascii: ")"), UInt8(ascii: "]"):
      if open.count > 1 { depth -= open.removeLast() }
    case UInt8(ascii: ";") where open.count == 1:
      open = [0]
      depth = 0
    case UInt8(ascii: ","), UInt8(ascii: "."), UInt8(ascii: ";"), UInt8(ascii: "'"), UInt8(ascii: "\""),
      UInt8(ascii: "$"), UInt8(ascii: "0")...UInt8(ascii: "9"):
      break
    default:
      let isName = first == UInt8(ascii: "_") || first >= 0x80 || (0x61...0x7A).contains(first | 0x20)
      if isName && !isKeyword { break }
      open[open.count - 1] += 1
      depth += 1
    }
  }
}

/// The tokens of a scan: fields of protobuf messages, of which only varints and nested messages occur
/// (protobuf.dev, "Encoding").
private struct Tokens: Sequence, IteratorProtocol {
  struct Token {
    var range = 0..<0
    var isKeyword = false
    var isComment = false
  }

  private let bytes: [UInt8]
  private var index = 0

  init(message: [UInt8]) { bytes = message }

  mutating func next() -> Token? {
    while index < bytes.count {
      let tag = varint()
      let value = varint()
      // `tokens = 2`, a nested message; `version = 1` is passed over.
      if tag == 2 << 3 | 2 { return token(until: Swift.min(bytes.count, index + value)) }
    }
    return nil
  }

  /// `start = 1`, `end = 2`, `token = 4` (275 and 276 are comments), `keyword_kind = 5`; left out where they are 0.
  private mutating func token(until end: Int) -> Token {
    var (from, to, token) = (0, 0, Token())
    while index < end {
      let tag = varint()
      let value = varint()
      switch tag >> 3 {
      case 1: from = value
      case 2: to = value
      case 4: token.isComment = value == 275 || value == 276
      case 5: token.isKeyword = value != 0
      default: break
      }
    }
    token.range = from..<Swift.max(from, to)
    return token
  }

  private mutating func varint() -> Int {
    var (value, shift) = (0, 0)
    while index < bytes.count {
      let byte = bytes[index]
      index += 1
      if shift < 63 { value |= Int(byte & 0x7F) << shift }
      if byte < 0x80 { break }
      shift += 7
    }
    return value
  }
}
