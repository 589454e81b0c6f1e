import Documents

/// Paths as text: what declarations name.
public enum FilePath {
  /// Without `./`, doubled slashes and, where possible, `..`.
  public static func normalised(_ path: String) -> String {
    var parts: [Substring] = []
    for part in path.split(separator: "/", omittingEmptySubsequences: true) where part != "." {
      if part == "..", let last = parts.last, last != ".." {
        parts.removeLast()
      } else if part != ".." || !path.hasPrefix("/") {
        parts.append(part)
      }
    }
    let joined = parts.joined(separator: "/")
    if path.hasPrefix("/") { return "/\(joined)" }
    return joined.isEmpty ? "." : joined
  }

  /// `path` as seen from `folder`, unless it is absolute.
  public static func joined(_ folder: String, _ path: String) -> String {
    path.hasPrefix("/") || folder.isEmpty || folder == "." ? path : normalised("\(folder)/\(path)")
  }
}

extension FilePath {
  /// A path that a file names, as seen from the tree's folder.
  static func relative(_ path: String, toFileOf place: Place) -> String {
    let isFixed = path.hasPrefix("/") || path.hasPrefix("~") || path.hasPrefix("${")
    let folder = place.source.name.lastIndex(of: "/").map { String(place.source.name[..<$0]) } ?? ""
    return normalForm(isFixed || folder.isEmpty ? path : "\(folder)/\(path)")
  }

  /// The form that is stored. `..` behind a variable stays, because nobody knows yet what the variable holds.
  static func normalForm(_ path: String) -> String {
    path.hasPrefix("~") || path.contains("${") ? path : normalised(path)
  }
}
