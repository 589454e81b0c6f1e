import Masking

/// Values of a shape that somebody configured: one step for each byte.
struct ExtraPatternDetector: Detector {
  private enum Step {
    case digit, letter, alphanumeric
    case byte(UInt8)
  }

  let kind: String
  let title: String
  let words: ColumnWords
  let isToldByForm: Bool
  private let steps: [Step]

  init(_ pattern: ExtraPattern) {
    kind = pattern.kind
    title = pattern.title
    words = ColumnWords(strong: pattern.names)
    var (steps, isEscaped) = ([Step](), false)
    for byte in pattern.shape.utf8 {
      if isEscaped || !"#@&\\".utf8.contains(byte) {
        steps.append(.byte(byte))
        isEscaped = false
      } else if byte == UInt8(ascii: "\\") {
        isEscaped = true
      } else {
        steps.append(byte == UInt8(ascii: "#") ? .digit : byte == UInt8(ascii: "@") ? .letter : .alphanumeric)
      }
    }
    self.steps = steps
    isToldByForm = !steps.isEmpty
  }

  func match(_ value: UnsafeRawBufferPointer) -> ValueMatch {
    guard value.count == steps.count, !steps.isEmpty else { return .none }
    for (index, step) in steps.enumerated() {
      let byte = value[index]
      let fits =
        switch step {
        case .digit: byte.isDigit
        case .letter: byte.isLetter
        case .alphanumeric: byte.isAlphanumeric
        case .byte(let wanted): byte == wanted
        }
      guard fits else { return .none }
    }
    return .form
  }
}
