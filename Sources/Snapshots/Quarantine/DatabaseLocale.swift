public import PostgreSQL
public import Runtime

/// How a database spells and sorts its texts: a copy has to do the same, or its indexes and checks would differ.
public struct DatabaseLocale: Sendable, Hashable {
  public enum Provider: String, Sendable, Hashable {
    case libc = "c"
    case icu = "i"
    case builtin = "b"
  }

  /// "UTF8".
  public var encoding: String
  /// `LC_COLLATE`, `LC_CTYPE`.
  public var collate, ctype: String
  public var provider: Provider
  /// Of ICU and of the builtin provider.
  public var locale: String?
  public var icuRules: String?

  public init(
    encoding: String, collate: String, ctype: String, provider: Provider = .libc, locale: String? = nil,
    icuRules: String? = nil
  ) {
    self.encoding = encoding
    self.collate = collate
    self.ctype = ctype
    self.provider = provider
    self.locale = locale
    self.icuRules = icuRules
  }

  /// Of the session's database. The columns have changed their names: 15 has `daticulocale`, 17 `datlocale`.
  public static func read(in session: Session, deadline: Deadline) throws(DatabaseError) -> DatabaseLocale {
    let version = session.serverVersion
    let locale = version >= 170_000 ? "datlocale" : version >= 150_000 ? "daticulocale" : "NULL"
    let rows = try session.query(
      """
      SELECT pg_encoding_to_char(encoding), datcollate, datctype,
        \(version >= 150_000 ? "datlocprovider" : "'c'"), \(locale), \(version >= 160_000 ? "daticurules" : "NULL")
      FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()
      """, deadline: deadline, as: "read the locale")
    return DatabaseLocale(
      encoding: rows[0, 0] ?? "", collate: rows[0, 1] ?? "", ctype: rows[0, 2] ?? "",
      provider: Provider(rawValue: rows[0, 3] ?? "") ?? .libc, locale: rows[0, 4], icuRules: rows[0, 5])
  }

  /// The options of CREATE DATABASE on a server of that version.
  func options(serverVersion: Int) throws(QuarantineFailure) -> String {
    var options = [
      "ENCODING \(quoteLiteral(encoding))", "LC_COLLATE \(quoteLiteral(collate))", "LC_CTYPE \(quoteLiteral(ctype))",
    ]
    switch provider {
    case .libc:
      if serverVersion >= 150_000 { options.append("LOCALE_PROVIDER libc") }
    case .icu:
      guard serverVersion >= 150_000 else { throw Self.tooOld("ICU", serverVersion) }
      options.append("LOCALE_PROVIDER icu ICU_LOCALE \(quoteLiteral(locale ?? ""))")
      if let icuRules { options.append("ICU_RULES \(quoteLiteral(icuRules))") }
    case .builtin:
      guard serverVersion >= 170_000 else { throw Self.tooOld("the builtin provider", serverVersion) }
      options.append("LOCALE_PROVIDER builtin BUILTIN_LOCALE \(quoteLiteral(locale ?? ""))")
    }
    return options.joined(separator: " ")
  }

  private static func tooOld(_ provider: String, _ version: Int) -> QuarantineFailure {
    .refused(
      "the source sorts its texts by \(provider), which a destination of version \(version / 10_000) cannot")
  }

  var spoken: String { "encoding \(encoding), locale \(locale ?? collate)" }
}
