import Runtime

func quote(_ name: String) -> String { doubleQuoted(name) }

/// A string constant that reads the same whatever `standard_conforming_strings` says (manual, section 4.1.2).
func quoteLiteral(_ text: String) -> String {
  let doubled = text.replacing("'", with: "''")
  return text.contains("\\") ? "E'" + doubled.replacing("\\", with: "\\\\") + "'" : "'\(doubled)'"
}
