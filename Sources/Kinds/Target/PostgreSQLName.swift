/// What a schema, a database or a role can be called (PostgreSQL manual, section 4.1.1).
enum PostgreSQLName {
  /// Why nothing can have this name; the server would cut one that is too long, and then mean something else by it.
  static func problem(with name: String) -> String? {
    if name.isEmpty { return "the name is empty" }
    if name.utf8.contains(0) { return "it contains a NUL byte" }
    let length = name.utf8.count
    return length > 63 ? "it has \(length) bytes, and names are cut after 63" : nil
  }
}
