/// A mask of every element of an array; NULLs and the array's shape stay (manual, section 8.15.6).
struct ArrayMask: Mask {
  let element: any Mask

  var traits: MaskTraits { element.traits }

  func mask(_ value: UnsafeRawBufferPointer, in row: MaskedRow, into sink: inout ByteSink) throws(MaskFailure) {
    var index = try Self.start(of: value)
    var text = ByteSink()
    var mask = ByteSink()
    sink.append(UnsafeRawBufferPointer(rebasing: value[..<index]))
    while index < value.count {
      guard let end = try Self.element(of: value, at: index, into: &text) else {
        sink.append(value[index])
        index += 1
        continue
      }
      if Self.isNull(value, index, end) {
        sink.append("NULL")
      } else {
        mask.removeAll()
        try element.mask(text.bytes, in: row, into: &mask)
        Self.write(mask.bytes, into: &sink)
      }
      index = end
    }
  }

  func recognises(_ value: UnsafeRawBufferPointer) -> Bool {
    guard var index = try? Self.start(of: value) else { return false }
    var text = ByteSink()
    while index < value.count {
      guard let found = try? Self.element(of: value, at: index, into: &text) else {
        index += 1
        continue
      }
      if !Self.isNull(value, index, found), !element.recognises(text.bytes) { return false }
      index = found
    }
    return true
  }

  /// Behind the bounds, which stand before an `=` where they do not begin with 1: `[2:3]={a,b}`.
  private static func start(of value: UnsafeRawBufferPointer) throws(MaskFailure) -> Int {
    if value.first == UInt8(ascii: "{") { return 0 }
    guard value.first == UInt8(ascii: "["), let sign = value.firstIndex(of: UInt8(ascii: "=")) else {
      throw MaskFailure("it is no array in PostgreSQL's form")
    }
    return sign + 1
  }

  /// Puts the element that begins here into the text, without quotes and escapes, and gives its end; nothing where a
  /// brace or a comma stands here.
  private static func element(
    of value: UnsafeRawBufferPointer, at start: Int, into text: inout ByteSink
  ) throws(MaskFailure) -> Int? {
    if isMark(value[start]) { return nil }
    text.removeAll()
    let isQuoted = value[start] == UInt8(ascii: "\"")
    var index = isQuoted ? start + 1 : start
    while index < value.count {
      let byte = value[index]
      if isQuoted ? byte == UInt8(ascii: "\"") : isMark(byte) { return isQuoted ? index + 1 : index }
      if byte == UInt8(ascii: "\\"), index + 1 < value.count { index += 1 }
      text.append(value[index])
      index += 1
    }
    throw MaskFailure("its array does not end")
  }

  private static func isMark(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "{") || byte == UInt8(ascii: "}") || byte == UInt8(ascii: ",")
  }

  /// Unquoted; a quoted one is a text of four letters.
  private static func isNull(_ value: UnsafeRawBufferPointer, _ start: Int, _ end: Int) -> Bool {
    end - start == 4 && zip(value[start..<end], "null".utf8).allSatisfy { $0 | 0x20 == $1 }
  }

  private static func write(_ text: UnsafeRawBufferPointer, into sink: inout ByteSink) {
    sink.append(UInt8(ascii: "\""))
    for byte in text {
      if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { sink.append(UInt8(ascii: "\\")) }
      sink.append(byte)
    }
    sink.append(UInt8(ascii: "\""))
  }
}
