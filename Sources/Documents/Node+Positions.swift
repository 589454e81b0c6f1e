extension Node {
  /// The place of a byte of a scalar's text, where the text stands in the source in a way that can be followed exactly;
  /// nothing otherwise (an explicit indentation indicator, another kind of node).
  ///
  /// The text is read once more by the rules of YAML 1.2.2, chapters 7 and 8, now with the position of each byte. A
  /// position is given only if that reading agrees with libyaml's, byte by byte.
  public func place(ofByte offset: Int) -> Place? {
    guard case .scalar(let scalar) = content else { return nil }
    let wanted = Array(scalar.text.utf8)
    guard offset >= 0, offset <= wanted.count, let start = place.source.offset(of: place) else { return nil }
    var reading = ScalarReading(place.source.bytes, at: start, length: wanted.count)
    guard reading.read(), reading.text.starts(with: wanted) else { return nil }
    let origins = reading.origins
    let position = offset < wanted.count ? origins[offset] : (origins.last.map { $0 + 1 } ?? start)
    return place.source.place(ofByte: position)
  }
}

extension Source {
  /// The place of a byte, from 0, with a length of one.
  public func place(ofByte offset: Int) -> Place {
    var (line, start) = (1, bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0)
    let end = min(offset, bytes.count)
    for index in start..<max(start, end) where isLineEnd(index) { (line, start) = (line + 1, index + 1) }
    let column = 1 + bytes[min(start, end)..<end].count { $0 & 0xC0 != 0x80 }
    return Place(source: self, line: line, column: column)
  }

  /// LF, or a CR without one behind it.
  private func isLineEnd(_ index: Int) -> Bool {
    bytes[index] == 0x0A || (bytes[index] == 0x0D && !(index + 1 < bytes.count && bytes[index + 1] == 0x0A))
  }

  fileprivate func offset(of place: Place) -> Int? {
    var (line, index) = (1, bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0)
    while line < Int(place.line) {
      guard index < bytes.count else { return nil }
      if isLineEnd(index) { line += 1 }
      index += 1
    }
    var column = 1
    while column < Int(place.column), index < bytes.count {
      index += 1
      while index < bytes.count, bytes[index] & 0xC0 == 0x80 { index += 1 }
      column += 1
    }
    return index
  }
}

/// Reads a scalar with the origin of each byte of its text.
private struct ScalarReading {
  private let bytes: [UInt8]
  private var index: Int
  /// Bytes of text after which nothing more has to be known.
  private let length: Int
  private(set) var text: [UInt8] = []
  private(set) var origins: [Int] = []

  init(_ bytes: [UInt8], at start: Int, length: Int) {
    self.bytes = bytes
    index = start
    self.length = length
  }

  private var isEnough: Bool { text.count >= length }

  private func byte(_ index: Int) -> UInt8? { index < bytes.count ? bytes[index] : nil }

  private mutating func emit(_ byte: UInt8, from origin: Int) {
    text.append(byte)
    origins.append(origin)
  }

  /// False where the form is none that is followed.
  mutating func read() -> Bool {
    skipProperties()
    switch byte(index) {
    case UInt8(ascii: "|"): return readBlock(isFolded: false)
    case UInt8(ascii: ">"): return readBlock(isFolded: true)
    case UInt8(ascii: "'"), UInt8(ascii: "\""):
      let quote = bytes[index]
      index += 1
      readFlow(quote)
    case nil: return length == 0
    default: readFlow(nil)
    }
    return true
  }

  /// Anchor and tag before the scalar itself.
  private mutating func skipProperties() {
    while let byte = byte(index), byte == UInt8(ascii: "&") || byte == UInt8(ascii: "!") {
      while let next = self.byte(index), !Self.isBlank(next), !Self.isBreak(next) { index += 1 }
      while let next = self.byte(index), Self.isBlank(next) || Self.isBreak(next) { index += 1 }
    }
  }

  fileprivate static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
  fileprivate static func isBreak(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }

  /// Over one line break.
  private mutating func skipBreak() {
    let isPair = byte(index) == 0x0D && byte(index + 1) == 0x0A
    index += isPair ? 2 : 1
  }
}

extension ScalarReading {
  /// Literal and folded; the length of the text says where trailing line breaks are cut.
  private mutating func readBlock(isFolded: Bool) -> Bool {
    index += 1
    while let byte = byte(index), !Self.isBreak(byte) {
      if (0x30...0x39).contains(byte) { return false }
      if byte == UInt8(ascii: "#") { break }
      index += 1
    }
    while let byte = byte(index), !Self.isBreak(byte) { index += 1 }
    guard byte(index) != nil else { return length == 0 }
    skipBreak()
    guard let indent = blockIndent() else { return length == 0 }
    var folding = Folding()
    while !isEnough, byte(index) != nil {
      guard let line = nextLine(indent) else { break }
      if isFolded { fold(line, &folding) } else { emitLiteral(line) }
    }
    // What folding held back ends the text, each break as itself.
    for end in folding.breaks where !isEnough { emit(0x0A, from: end) }
    return true
  }

  /// The breaks since the last line that has text, and whether that line is deeper than the block.
  struct Folding {
    var breaks: [Int] = []
    var isAfterSpaced = false
    var hasText = false
  }

  struct Line {
    let content: Range<Int>
    /// Where its break stands.
    let end: Int
    var isEmpty: Bool { content.isEmpty }
    /// Deeper than the block, so that it is not folded.
    let isSpaced: Bool
  }

  /// The blanks before the first line that has more.
  private func blockIndent() -> Int? {
    var position = index
    while position < bytes.count {
      let start = position
      while byte(position) == 0x20 { position += 1 }
      guard let next = byte(position) else { return nil }
      if !Self.isBreak(next) { return position - start }
      position += next == 0x0D && byte(position + 1) == 0x0A ? 2 : 1
    }
    return nil
  }

  /// Nothing where a shallower line ends the block.
  private mutating func nextLine(_ indent: Int) -> Line? {
    var skipped = 0
    while skipped < indent, byte(index) == 0x20 { (index, skipped) = (index + 1, skipped + 1) }
    let start = index
    if skipped < indent, let next = byte(start), !Self.isBreak(next) { return nil }
    while let byte = byte(index), !Self.isBreak(byte) { index += 1 }
    let line = Line(content: start..<index, end: index, isSpaced: byte(start).map(Self.isBlank) ?? false)
    skipBreak()
    return line
  }

  private mutating func emitLiteral(_ line: Line) {
    for index in line.content { emit(bytes[index], from: index) }
    emit(0x0A, from: line.end)
  }

  /// One break between two lines is a space, of several the first is dropped; around deeper lines all stay.
  private mutating func fold(_ line: Line, _ folding: inout Folding) {
    if !line.isEmpty {
      let isWhole = folding.isAfterSpaced || line.isSpaced || !folding.hasText
      if !isWhole, folding.breaks.count == 1 { emit(0x20, from: folding.breaks[0]) }
      for end in folding.breaks.dropFirst(isWhole ? 0 : 1) { emit(0x0A, from: end) }
      for index in line.content { emit(bytes[index], from: index) }
      folding = Folding(breaks: [], isAfterSpaced: line.isSpaced, hasText: true)
    }
    folding.breaks.append(line.end)
  }

  /// Plain and quoted: lines are folded, blanks around a break belong to it.
  private mutating func readFlow(_ quote: UInt8?) {
    while !isEnough, let next = byte(index) {
      if Self.isBlank(next) || Self.isBreak(next) {
        readBlanks(quote)
      } else if quote == UInt8(ascii: "\""), next == UInt8(ascii: "\\") {
        readEscape()
      } else if next == quote {
        guard quote == UInt8(ascii: "'"), byte(index + 1) == quote else { return }
        emit(next, from: index)
        index += 2
      } else {
        emit(next, from: index)
        index += 1
      }
    }
  }

  private mutating func readBlanks(_ quote: UInt8?) {
    let start = index
    var breaks: [Int] = []
    while let next = byte(index), Self.isBlank(next) || Self.isBreak(next) {
      if Self.isBreak(next) {
        breaks.append(index)
        skipBreak()
      } else {
        index += 1
      }
    }
    guard let first = breaks.first else {
      for blank in start..<index { emit(bytes[blank], from: blank) }
      return
    }
    if breaks.count == 1 { emit(0x20, from: first) }
    for empty in breaks.dropFirst() { emit(0x0A, from: empty) }
  }

  /// YAML 1.2.2, section 5.7.
  private mutating func readEscape() {
    let start = index
    guard let letter = byte(index + 1) else { return }
    index += 2
    if Self.isBreak(letter) {
      index -= 1
      skipBreak()
      while let next = byte(index), Self.isBlank(next) { index += 1 }
      return
    }
    let digits = letter == UInt8(ascii: "x") ? 2 : letter == UInt8(ascii: "u") ? 4 : letter == UInt8(ascii: "U") ? 8 : 0
    if digits == 0 {
      for byte in Self.escaped(letter) { emit(byte, from: start) }
      return
    }
    let end = min(bytes.count, index + digits)
    let code = UInt32(String(decoding: bytes[index..<end], as: UTF8.self), radix: 16).flatMap(Unicode.Scalar.init)
    index = end
    for byte in code.map({ Array(String($0).utf8) }) ?? [] { emit(byte, from: start) }
  }

  private static func escaped(_ letter: UInt8) -> [UInt8] {
    switch Unicode.Scalar(letter) {
    case "0": [0]
    case "a": [7]
    case "b": [8]
    case "t", "\t": [9]
    case "n": [10]
    case "v": [11]
    case "f": [12]
    case "r": [13]
    case "e": [27]
    case "N": [0xC2, 0x85]
    case "_": [0xC2, 0xA0]
    case "L": [0xE2, 0x80, 0xA8]
    case "P": [0xE2, 0x80, 0xA9]
    default: [letter]
    }
  }
}
