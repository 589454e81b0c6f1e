/// Masks each element of an array in PostgreSQL's text form: `{a,"b c",NULL}`, nested, with or without bounds before it
/// (manual, section 8.15 "Array Input and Output Syntax").
///
/// Everything but the elements stays as it is, NULL elements too.
public struct ArrayMask: Mask {
  public let element: any Mask
  /// A semicolon for the type `box`, and a comma for all others (`pg_type.typdelim`).
  public let delimiter: UInt8

  public init(of element: any Mask, delimiter: UInt8 = UInt8(ascii: ",")) {
    (self.element, self.delimiter) = (element, delimiter)
  }

  /// An array is never made NULL as a whole: its elements are. One mask more or less is a mask of another array, so
  /// uniqueness is that of the element.
  public var traits: MaskTraits {
    var traits = element.traits
    traits.makesNull = false
    if element.traits.makesNull { traits.uniqueness = .lossy }
    traits.maximumLength = nil
    return traits
  }

  public func mask(
    _ value: UnsafeRawBufferPointer, in row: MaskedRow, into sink: inout ByteSink
  ) throws(MaskFailure) {
    var scratch = ByteSink(capacity: 0)
    var reader = ArrayText(value, delimiter)
    while let part = try reader.next(over: &scratch) {
      switch part {
      case .syntax(let bytes): sink.append(bytes)
      case .null: sink.append("NULL")
      case .element(let original):
        if element.traits.makesNull {
          sink.append("NULL")
          continue
        }
        let before = sink.count
        try element.mask(original, in: row, into: &sink)
        quote(&sink, from: before, over: &scratch)
      }
    }
  }

  public func recognises(_ value: UnsafeRawBufferPointer) -> Bool {
    var scratch = ByteSink(capacity: 0)
    var reader = ArrayText(value, delimiter)
    do throws(MaskFailure) {
      while let part = try reader.next(over: &scratch) {
        guard case .element(let found) = part else { continue }
        if element.traits.makesNull || !element.recognises(found) { return false }
      }
      return true
    } catch { return false }
  }

  /// As `array_out` decides it: quotes around what is empty, reads as NULL, or holds a byte with a meaning.
  private func quote(_ sink: inout ByteSink, from offset: Int, over scratch: inout ByteSink) {
    let bytes = sink.bytes(from: offset)
    let isPlain =
      !bytes.isEmpty && !ArrayText.isNull(bytes)
      && bytes.allSatisfy { byte in
        !ArrayText.isSpace(byte) && byte != UInt8(ascii: "\"") && byte != TextField.backslash
          && byte != UInt8(ascii: "{") && byte != UInt8(ascii: "}") && byte != delimiter
      }
    if isPlain { return }
    scratch.removeAll()
    scratch.append(bytes)
    sink.truncate(to: offset)
    sink.append(UInt8(ascii: "\""))
    for byte in scratch.bytes {
      if byte == UInt8(ascii: "\"") || byte == TextField.backslash { sink.append(TextField.backslash) }
      sink.append(byte)
    }
    sink.append(UInt8(ascii: "\""))
  }
}

/// Reads the text form of an array from left to right. Any number of levels costs no stack.
struct ArrayText {
  enum Part {
    /// Braces, delimiters, bounds.
    case syntax(UnsafeRawBufferPointer)
    case null
    /// Without its quotes and backslashes.
    case element(UnsafeRawBufferPointer)
  }

  private let text: UnsafeRawBufferPointer
  private let delimiter: UInt8
  private var index = 0
  private var depth = 0
  private var hasBegun = false

  init(_ text: UnsafeRawBufferPointer, _ delimiter: UInt8) { (self.text, self.delimiter) = (text, delimiter) }

  private static let malformed = MaskFailure("it is not the text form of an array")

  /// The next part; nothing at the end. An element that had escapes lies in the scratch until the next call.
  mutating func next(over scratch: inout ByteSink) throws(MaskFailure) -> Part? {
    guard index < text.count else {
      guard hasBegun, depth == 0 else { throw Self.malformed }
      return nil
    }
    guard hasBegun else { return try bounds() }
    let start = index
    switch text[index] {
    case UInt8(ascii: "{"): depth += 1
    case UInt8(ascii: "}"): depth -= 1
    case delimiter: break
    case UInt8(ascii: "\""): return .element(try quoted(over: &scratch))
    default: return try bare(over: &scratch)
    }
    guard depth >= 0 else { throw Self.malformed }
    index += 1
    return .syntax(UnsafeRawBufferPointer(rebasing: text[start..<index]))
  }

  /// `[2:3][1:1]=` before the first brace, if anything.
  private mutating func bounds() throws(MaskFailure) -> Part {
    while index < text.count, text[index] != UInt8(ascii: "{") { index += 1 }
    let isEmpty = index == 0
    guard index < text.count, isEmpty || text[index - 1] == UInt8(ascii: "=") && text[0] == UInt8(ascii: "[") else {
      throw Self.malformed
    }
    hasBegun = true
    return .syntax(UnsafeRawBufferPointer(rebasing: text[..<index]))
  }

  private mutating func quoted(over scratch: inout ByteSink) throws(MaskFailure) -> UnsafeRawBufferPointer {
    scratch.removeAll()
    index += 1
    let start = index
    var hasEscapes = false
    while index < text.count, text[index] != UInt8(ascii: "\"") {
      if text[index] == TextField.backslash {
        if !hasEscapes { scratch.append(UnsafeRawBufferPointer(rebasing: text[start..<index])) }
        hasEscapes = true
        index += 1
        guard index < text.count else { throw Self.malformed }
      }
      if hasEscapes { scratch.append(text[index]) }
      index += 1
    }
    guard index < text.count, depth > 0 else { throw Self.malformed }
    index += 1
    return hasEscapes ? scratch.bytes : UnsafeRawBufferPointer(rebasing: text[start..<(index - 1)])
  }

  private mutating func bare(over scratch: inout ByteSink) throws(MaskFailure) -> Part {
    let start = index
    var hasEscapes = false
    while index < text.count, text[index] != delimiter, text[index] != UInt8(ascii: "}") {
      if text[index] == TextField.backslash {
        hasEscapes = true
        index += 1
      }
      index += 1
    }
    guard index < text.count, depth > 0 else { throw Self.malformed }
    let raw = UnsafeRawBufferPointer(rebasing: text[start..<index])
    if Self.isNull(raw) { return .null }
    guard hasEscapes else { return .element(raw) }
    scratch.removeAll()
    var isEscaped = false
    for byte in raw {
      if byte == TextField.backslash, !isEscaped {
        isEscaped = true
      } else {
        scratch.append(byte)
        isEscaped = false
      }
    }
    return .element(scratch.bytes)
  }

  /// NULL without quotes, in any case of letters.
  static func isNull(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.count == 4 && bytes[0] | 0x20 == UInt8(ascii: "n") && bytes[1] | 0x20 == UInt8(ascii: "u")
      && bytes[2] | 0x20 == UInt8(ascii: "l") && bytes[3] | 0x20 == UInt8(ascii: "l")
  }

  /// `array_isspace`.
  static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte >= 0x09 && byte <= 0x0D }
}
