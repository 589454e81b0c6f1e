/// A name in double quotes, so that SQL takes it letter for letter (PostgreSQL manual, section 4.1.1).
///
/// For names that a catalogue gave: those are neither empty nor hold a NUL byte. What people wrote is checked first
/// (`quoteIdentifier` of the target PostgreSQL).
public func doubleQuoted(_ name: String) -> String {
  var quoted = "\""
  for character in name.unicodeScalars {
    if character == "\"" { quoted.unicodeScalars.append(character) }
    quoted.unicodeScalars.append(character)
  }
  return quoted + "\""
}
