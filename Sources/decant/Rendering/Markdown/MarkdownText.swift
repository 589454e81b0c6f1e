/// Words of others as they may stand in Markdown: they begin nothing, end nothing, call nobody and link nowhere.
///
/// A character reference (`&#96;`) is never structure in CommonMark (section 2.5), in tables neither; so everything
/// that could be structure is written as one. A mention is found in the text after that, so `@`, `#` and the like are
/// followed by a zero-width space, but not in `<code>`, where GitHub and GitLab look for none.
enum MarkdownText {
  /// A sentence; what stands between backquotes becomes code.
  static func sentence(_ text: String, limit: Int = 600) -> String {
    let parts = Text.clipped(Text.shown(text), to: limit).split(separator: "`", omittingEmptySubsequences: false)
    let isPaired = parts.count % 2 == 1
    let pieces = parts.enumerated().map { index, part in
      index % 2 == 1 && isPaired && !part.isEmpty ? "<code>\(escaped(part))</code>" : plain(part)
    }
    return pieces.joined(separator: isPaired ? "" : "&#96;")
  }

  /// A name or a value.
  static func code(_ text: String, limit: Int = 200) -> String {
    text.isEmpty ? "" : "<code>\(escaped(Text.clipped(Text.shown(text), to: limit)))</code>"
  }

  private static func plain(_ text: Substring) -> String {
    var result = ""
    var scalars = text.unicodeScalars[...]
    while let scalar = scalars.popFirst() {
      let next = scalars.first
      switch scalar {
      case "@", "#": result += "\(reference(scalar))&#8203;"
      case "!", "&", "%", "~", "$": result += reference(scalar) + (next.map(isWord) == true ? "&#8203;" : "")
      case ":" where next == "/", "." where next.map(isWord) == true: result += reference(scalar)
      default: result += isStructure(scalar) ? reference(scalar) : String(scalar)
      }
    }
    return result
  }

  private static func escaped(_ text: some StringProtocol) -> String {
    text.unicodeScalars.reduce(into: "") { $0 += isStructure($1) ? reference($1) : String($1) }
  }

  private static func reference(_ scalar: Unicode.Scalar) -> String { "&#\(scalar.value);" }

  private static func isStructure(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "&", "<", ">", "\"", "'", "`", "*", "_", "[", "]", "{", "}", "\\", "|", "~", "^", "$", "@", "#", "!": true
    default: false
    }
  }

  /// What a reference of GitLab or an automatic link may go on with.
  private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
    scalar == "\"" || scalar == "{" || scalar.properties.isAlphabetic || scalar.properties.numericType != nil
  }
}
