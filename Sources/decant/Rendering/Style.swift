/// Colours, where they are wanted. Nothing needs them to be understood.
struct Style {
  let isColoured: Bool

  enum Ink: String {
    case green = "32"
    case yellow = "33"
    case red = "31"
    case blue = "34"
    case dim = "2"
    case bold = "1"
  }

  func paint(_ text: String, _ ink: Ink?) -> String {
    guard isColoured, let ink, !text.isEmpty else { return text }
    return "\u{1B}[\(ink.rawValue)m\(text)\u{1B}[0m"
  }
}
