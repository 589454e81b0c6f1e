import Runtime

extension ConnectionParameters {
  /// The same with another database on the same server.
  public func replacing(database: String) -> ConnectionParameters {
    ConnectionParameters(keywords.merging(["dbname": database]) { $1 }, secrets: secrets)
  }

  /// The parameters as one text of keywords and values, for a program of PostgreSQL that we start (manual, section
  /// "Keyword/Value Connection Strings"). It stands in the program's argument list, so no secret is ever in it.
  ///
  /// What the environment or files of the account would add is shut out as in our own sessions; see `settled()`. Only
  /// what was declared, and what has to be said for that, is named: the program may come with an older libpq than ours,
  /// which refuses keywords that it does not know.
  public func programConnectionString(passwordFile: String?) -> String {
    let settled = settled()
    var told = settled.filter { keywords[$0.key] != nil || Self.alwaysSaid.contains($0.key) }
    told["passfile"] = passwordFile ?? Self.nowhere
    return told.sorted { $0.key < $1.key }.map { "\($0.key)=\(Self.quoted($0.value))" }.joined(separator: " ")
  }

  /// The secret that unlocks the client's key. There is no way to hand it to a program but its argument list.
  public var hasKeyPassword: Bool { secrets["sslpassword"] != nil }

  private static let alwaysSaid: Set<String> = [
    "user", "dbname", "sslcert", "sslkey", "sslcrl", "sslrootcert", "gssencmode", "application_name", "client_encoding",
  ]

  private static func quoted(_ value: String) -> String {
    var quoted = "'"
    for character in value.unicodeScalars {
      if character == "'" || character == "\\" { quoted += "\\" }
      quoted.unicodeScalars.append(character)
    }
    return quoted + "'"
  }
}
