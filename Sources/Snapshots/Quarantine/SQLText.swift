import PostgreSQL

/// A text as a literal for statements that take no parameters (manual, section 4.1.2).
func quoteLiteral(_ text: String) -> String {
  let doubled = text.replacing("'", with: "''")
  return text.contains("\\") ? " E'\(doubled.replacing("\\", with: "\\\\"))'" : "'\(doubled)'"
}

/// A name for SQL; a name that cannot be one becomes a refusal.
func quoted(_ name: String) throws(QuarantineFailure) -> String {
  do { return try quoteIdentifier(name) } catch { throw .refused("\(error)") }
}

/// Runs what throws errors of databases, and passes them on as failures of a copy.
func asking<Result>(_ body: () throws(DatabaseError) -> Result) throws(QuarantineFailure) -> Result {
  do { return try body() } catch { throw .database(error) }
}

/// The same for programs.
func running<Result>(_ body: () throws(ToolFailure) -> Result) throws(QuarantineFailure) -> Result {
  do { return try body() } catch { throw .tool(error) }
}
