import Masking

/// The strings and numbers of a JSON document as they are written, each with the key that was read last: the key of its
/// member, or of the array that it stands in.
///
/// One pass over the bytes without a stack. What is no JSON gives other pairs or none, and never more than its bytes.
struct JSONKeyWalk {
  private let text: UnsafeRawBufferPointer
  private var index = 0
  private var key: UnsafeRawBufferPointer

  init(_ text: UnsafeRawBufferPointer) {
    self.text = text
    key = text.part(0, 0)
  }

  mutating func next() -> (key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer)? {
    while index < text.count {
      if text[index] == UInt8(ascii: "\"") {
        let string = takeString()
        guard isBeforeColon else { return (key, string) }
        key = string
      } else if text[index].isDigit {
        return (key, takeNumber())
      } else {
        index += 1
      }
    }
    return nil
  }

  private mutating func takeString() -> UnsafeRawBufferPointer {
    let start = index + 1
    index = start
    while index < text.count, text[index] != UInt8(ascii: "\"") { index += text[index] == UInt8(ascii: "\\") ? 2 : 1 }
    let end = min(index, text.count)
    index = end + 1
    return text.part(start, end)
  }

  private mutating func takeNumber() -> UnsafeRawBufferPointer {
    let start = index
    while index < text.count, text[index].isAlphanumeric || text[index] == UInt8(ascii: ".") { index += 1 }
    return text.part(start, index)
  }

  /// What was taken last is a key.
  private var isBeforeColon: Bool {
    var place = index
    while place < text.count, text[place].isBlank { place += 1 }
    return place < text.count && text[place] == UInt8(ascii: ":")
  }
}
