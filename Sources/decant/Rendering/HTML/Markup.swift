/// HTML or SVG in which every text of others is only text. There is no way to put a string into it unescaped but
/// `style`, which takes our own.
struct Markup {
  private(set) var html = ""

  static func text(_ text: String) -> Markup { Markup(html: escaped(Text.shown(text))) }

  /// Names of tags and attributes are ours; values and texts may be anybody's.
  static func tag(_ name: StaticString, _ attributes: [(name: String, value: String)], _ children: [Markup]) -> Markup {
    let written = attributes.map { " \($0.name)=\"\(escaped(Text.shown($0.value)))\"" }.joined()
    let isVoid = children.isEmpty && ["meta", "br", "path", "rect", "property", "skipped"].contains("\(name)")
    if isVoid { return Markup(html: "<\(name)\(written)/>") }
    return Markup(html: "<\(name)\(written)>\(children.map(\.html).joined())</\(name)>")
  }

  static func tag(_ name: StaticString, class style: String = "", _ children: Markup...) -> Markup {
    tag(name, style.isEmpty ? [] : [("class", style)], children)
  }

  static func tag(_ name: StaticString, class style: String = "", all children: [Markup]) -> Markup {
    tag(name, style.isEmpty ? [] : [("class", style)], children)
  }

  static func style(_ sheet: String) -> Markup { Markup(html: "<style>\(sheet)</style>") }

  /// Where a text has lines.
  static let lineBreak = Markup(html: "\n")

  /// Several things one after the other.
  static func all(_ parts: [Markup]) -> Markup { Markup(html: parts.map(\.html).joined()) }

  private static func escaped(_ text: String) -> String {
    guard text.utf8.contains(where: { [38, 60, 62, 34, 39].contains($0) }) else { return text }
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
