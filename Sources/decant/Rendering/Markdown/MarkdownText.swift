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
    let scalars = Array(text.unicodeScalars)
    var result = ""
    for (index, scalar) in scalars.enumerated() {
      let next = index + 1 < scalars.count ? scalars[index + 1] : " "
      switch scalar {
      case "@", "#": result += "\(reference(scalar))&#8203;"
      case "!", "&", "%", "~", "$": result += reference(scalar) + (isWord(next) ? "&#8203;" : "")
      default: result += isStructure(index, of: scalars) ? reference(scalar) : String(scalar)
      }
    }
    return result
  }

  private static func escaped(_ text: some StringProtocol) -> String {
    let scalars = Array(text.unicodeScalars)
    return scalars.indices.reduce(into: "") { result, index in
      result += isStructure(index, of: scalars) ? reference(scalars[index]) : String(scalars[index])
    }
  }

  private static func reference(_ scalar: Unicode.Scalar) -> String { "&#\(scalar.value);" }

  /// An underscore between two letters or digits begins and ends no emphasis (CommonMark, section 6.2), and names are
  /// full of them.
  private static func isStructure(_ index: Int, of scalars: [Unicode.Scalar]) -> Bool {
    switch scalars[index] {
    case "&", "<", ">", "`", "*", "[", "]", "\\", "|", "~", "^", "$", "@", "#", "!": return true
    // `://` and `www.` would be links (GitHub Flavored Markdown, section 6.9), between tags of code too.
    case ":": return index + 1 < scalars.count && scalars[index + 1] == "/"
    case ".": return index > 0 && (scalars[index - 1] == "w" || scalars[index - 1] == "W")
    case "_":
      let (before, after) = (index - 1, index + 1)
      return before < 0 || after == scalars.count || !isPlain(scalars[before]) || !isPlain(scalars[after])
    default: return false
    }
  }

  private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
    ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar)
  }

  /// What a reference of GitLab or an automatic link may go on with.
  private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
    scalar == "\"" || scalar == "{" || scalar.properties.isAlphabetic || scalar.properties.numericType != nil
  }
}
