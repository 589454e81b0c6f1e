/// Goes over the strings and numbers of a JSON text before json-c does, and refuses what json-c would pass in silence.
///
/// It knows just as much structure as is needed to say which strings are keys of one object; commas, colons and
/// brackets are left to json-c.
struct JSONTokens {
  private let bytes: [UInt8]
  private var index = 0
  private var open: [Set<ExactText>?] = []
  private var atKey = false
  /// Where integers beyond 64 bits end. json-c would cut them to the largest it has; with `e0` behind, it reads doubles.
  private(set) var exponents: [Int] = []

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The text as json-c is to get it.
  var readable: [UInt8] {
    if exponents.isEmpty { return bytes }
    var (text, start) = ([UInt8](), 0)
    for end in exponents {
      text += bytes[start..<end] + Array("e0".utf8)
      start = end
    }
    return text + bytes[start...]
  }

  mutating func check() throws(JSONError) {
    while index < bytes.count {
      switch bytes[index] {
      case UInt8(ascii: "\""): try string()
      case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try number()
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): try word()
      case UInt8(ascii: "'"): throw error("JSON writes strings in double quotes", at: index)
      case 0..<0x20 where ![0x09, 0x0A, 0x0D].contains(bytes[index]):
        throw error("a control character cannot stand here", at: index)
      default: try structure()
      }
    }
  }

  private mutating func structure() throws(JSONError) {
    switch bytes[index] {
    case UInt8(ascii: "{"): push([])
    case UInt8(ascii: "["): push(nil)
    case UInt8(ascii: "}"), UInt8(ascii: "]"):
      _ = open.popLast()
      atKey = false
    case UInt8(ascii: ","): atKey = (open.last ?? nil) != nil
    default: break
    }
    if open.count > JSON.depthLimit {
      throw error("more than \(JSON.depthLimit) objects and lists stand within one another", at: index)
    }
    index += 1
  }

  private mutating func push(_ keys: Set<ExactText>?) {
    open.append(keys)
    atKey = keys != nil
  }

  private mutating func word() throws(JSONError) {
    let start = index
    while index < bytes.count, isWordByte(bytes[index]) { index += 1 }
    let word = String(decoding: bytes[start..<index], as: UTF8.self)
    guard ["true", "false", "null"].contains(word) else {
      throw error("`\(word)` is no value; bare words are only `true`, `false` and `null`", at: start)
    }
  }

  private func isWordByte(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || (0x30...0x39).contains(byte)
  }

  func error(_ message: String, at offset: Int) -> JSONError { JSONError(message, at: offset, of: bytes) }
}

extension JSONTokens {
  private mutating func number() throws(JSONError) {
    let start = index
    if bytes[index] == UInt8(ascii: "-") { index += 1 }
    let first = index
    var complete = digits() && (bytes[first] != UInt8(ascii: "0") || index == first + 1)
    let whole = index
    if take(UInt8(ascii: ".")) { complete = digits() && complete }
    if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
      if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
      complete = digits() && complete
    }
    guard complete else { throw error("this is not a number that JSON knows", at: start) }
    try checkSize(String(decoding: bytes[start..<index], as: UTF8.self), isWhole: whole == index, from: start)
  }

  private mutating func checkSize(_ text: String, isWhole: Bool, from start: Int) throws(JSONError) {
    if isWhole && Int(text) != nil { return }
    guard let number = Double(text), number.isFinite else {
      throw error("this number is beyond what a double can hold", at: start)
    }
    guard isWhole else { return }
    guard JSON.canonical(.number(number)) == text else {
      throw error("this number has more digits than can be kept; write it as a string", at: start)
    }
    exponents.append(index)
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard index < bytes.count, bytes[index] == byte else { return false }
    index += 1
    return true
  }

  private mutating func digits() -> Bool {
    let start = index
    while index < bytes.count, (0x30...0x39).contains(bytes[index]) { index += 1 }
    return index > start
  }
}

extension JSONTokens {
  private mutating func string() throws(JSONError) {
    let start = index
    index += 1
    var text: [UInt8] = []
    while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
      guard bytes[index] >= 0x20 else {
        throw error("a line break or control character inside a string has to be escaped", at: index)
      }
      if bytes[index] == UInt8(ascii: "\\") {
        try escape(into: &text)
      } else {
        if atKey { text.append(bytes[index]) }
        index += 1
      }
    }
    guard take(UInt8(ascii: "\"")) else { throw error("the string that begins here is never closed", at: start) }
    if atKey { try key(String(decoding: text, as: UTF8.self), at: start) }
  }

  private mutating func key(_ key: String, at start: Int) throws(JSONError) {
    atKey = false
    if key.utf8.contains(0) { throw error("a key cannot hold the character NUL", at: start) }
    guard open[open.count - 1]?.insert(ExactText(text: key)).inserted == true else {
      throw error("the key `\(key)` comes twice in this object", at: start)
    }
  }

  private mutating func escape(into text: inout [UInt8]) throws(JSONError) {
    let start = index
    let letter = index + 1 < bytes.count ? bytes[index + 1] : 0
    index += 2
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(letter)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"): text += Array(String(try scalar(from: start)).utf8)
    default: throw error("this escape is not one that JSON knows", at: start)
    }
  }

  /// `\uD83D\uDE00` is one scalar; half of such a pair is none.
  private mutating func scalar(from start: Int) throws(JSONError) -> Character {
    guard let first = unit() else { throw error("`\\u` wants four hexadecimal digits", at: start) }
    var code = first
    if (0xD800..<0xDC00).contains(first), take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")), let second = unit(),
      (0xDC00..<0xE000).contains(second)
    {
      code = 0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)
    }
    guard let scalar = Unicode.Scalar(code) else {
      throw error("this escape is half of a surrogate pair and no character", at: start)
    }
    return Character(scalar)
  }

  private mutating func unit() -> UInt32? {
    guard index + 4 <= bytes.count else { return nil }
    let digits = bytes[index..<index + 4]
    guard digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else { return nil }
    index += 4
    return UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
  }
}
