import PostgreSQL
import Runtime

/// What a database has beside its contents, and what a swap would lose: read from the copy that is replaced.
struct DatabaseBelongings: Sendable, Hashable {
  struct Grant: Sendable, Hashable {
    /// Nothing for PUBLIC.
    var grantee: String?
    var privilege: String
    var isGrantable: Bool
  }

  struct Setting: Sendable, Hashable {
    /// Nothing for every role.
    var role: String?
    var name, value: String
  }

  var oid: UInt32
  var owner: String
  var connectionLimit: Int
  var comment: String?
  /// Nothing where there is no list: then PUBLIC may connect and make temporary tables.
  var grants: [Grant]?
  var settings: [Setting]

  static func read(
    _ name: String, in session: Session, _ deadline: Deadline
  ) throws(DatabaseError) -> DatabaseBelongings? {
    let rows = try session.query(facts, [name], deadline: deadline, as: "read the destination")
    guard let row = rows.first, let oid = row[0].flatMap({ UInt32($0) }) else { return nil }
    let grants = try session.query(grants, ["\(oid)"], deadline: deadline, as: "read the destination's grants")
    let settings = try session.query(settings, ["\(oid)"], deadline: deadline, as: "read the destination's settings")
    return DatabaseBelongings(
      oid: oid, owner: row[1] ?? "", connectionLimit: row[2].flatMap { Int($0) } ?? -1, comment: row[3],
      grants: row[4] == "t"
        ? grants.map { Grant(grantee: $0[0], privilege: $0[1] ?? "", isGrantable: $0[2] == "t") } : nil,
      settings: settings.compactMap { row in
        guard let pair = row[1], let sign = pair.firstIndex(of: "=") else { return nil }
        return Setting(role: row[0], name: String(pair[..<sign]), value: String(pair[pair.index(after: sign)...]))
      })
  }

  private static let facts = """
    SELECT oid, pg_catalog.pg_get_userbyid(datdba), datconnlimit, pg_catalog.shobj_description(oid, 'pg_database'),
      datacl IS NOT NULL
    FROM pg_catalog.pg_database WHERE datname = $1
    """

  /// In the order of the list, so that the new one reads the same.
  private static let grants = """
    SELECT r.rolname, a.privilege_type, a.is_grantable
    FROM pg_catalog.pg_database d, pg_catalog.aclexplode(d.datacl) WITH ORDINALITY AS a(grantor, grantee, privilege_type, is_grantable, place)
    LEFT JOIN pg_catalog.pg_roles r ON r.oid = a.grantee
    WHERE d.oid = $1::pg_catalog.oid AND (a.grantee = 0 OR r.oid IS NOT NULL)
    ORDER BY a.place
    """

  private static let settings = """
    SELECT r.rolname, c.entry
    FROM pg_catalog.pg_db_role_setting s LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole,
      pg_catalog.unnest(s.setconfig) WITH ORDINALITY AS c(entry, place)
    WHERE s.setdatabase = $1::pg_catalog.oid AND (s.setrole = 0 OR r.oid IS NOT NULL)
    ORDER BY r.rolname NULLS FIRST, c.place
    """
}

extension DatabaseBelongings {
  /// What gives another database the same, each with what to call it where it is refused. Run by who owns both.
  ///
  /// A grant that somebody else than the owner made is made by the owner: the right is the same.
  func statements(for database: String) throws(QuarantineFailure) -> [(sql: String, what: String)] {
    let name = try quoted(database)
    var statements = [("ALTER DATABASE \(name) CONNECTION LIMIT \(connectionLimit)", "connection limit")]
    for grant in grants ?? Self.defaultGrants {
      let grantee = try grant.grantee.map { (role) throws(QuarantineFailure) in try quoted(role) } ?? "PUBLIC"
      let option = grant.isGrantable && grant.grantee != nil ? " WITH GRANT OPTION" : ""
      statements.append(
        ("GRANT \(grant.privilege) ON DATABASE \(name) TO \(grantee)\(option)", "\(grant.privilege) for \(grantee)"))
    }
    for setting in settings {
      let role = try setting.role.map { (role) throws(QuarantineFailure) in "ROLE \(try quoted(role)) IN " } ?? ""
      statements.append(
        (
          "ALTER \(role)DATABASE \(name) SET \(try setting.name.settingName) TO \(setting.literal)",
          "setting \(setting.name)" + (setting.role.map { " of \($0)" } ?? "")
        ))
    }
    return statements
  }

  /// What a database without a list grants to PUBLIC (manual, section 5.7, table "Summary of Access Privileges").
  static let defaultGrants = [
    Grant(grantee: nil, privilege: "TEMPORARY", isGrantable: false),
    Grant(grantee: nil, privilege: "CONNECT", isGrantable: false),
  ]
}

extension DatabaseBelongings.Setting {
  /// Lists of names are kept as the server spells them, quoted where a name needs it: each name is a literal of its own
  /// (the same distinction as `variable_is_guc_list_quote` in dumputils.c makes).
  fileprivate var literal: String {
    guard Self.listsOfNames.contains(name.lowercased()) else { return quoteLiteral(value) }
    let names = Self.names(in: value)
    return names.isEmpty ? "''" : names.map(quoteLiteral).joined(separator: ", ")
  }

  private static let listsOfNames: Set<String> = [
    "local_preload_libraries", "search_path", "session_preload_libraries", "shared_preload_libraries",
    "temp_tablespaces", "unix_socket_directories",
  ]

  /// `"$user", public` is two names.
  static func names(in list: String) -> [String] {
    var names: [String] = []
    var name = ""
    var isQuoted = false
    for scalar in list.unicodeScalars {
      switch scalar {
      case "\"":
        // A doubled quote inside a quoted name closes and opens it again.
        if !isQuoted, name.hasSuffix("\u{0}") {
          name.unicodeScalars.removeLast(); name += "\""
        } else if isQuoted {
          name += "\u{0}"
        }
        isQuoted.toggle()
      case "," where !isQuoted:
        names.append(name)
        name = ""
      case " " where !isQuoted, "\t" where !isQuoted: continue
      default: name.unicodeScalars.append(scalar)
      }
    }
    return (names + [name]).map { $0.replacing("\u{0}", with: "") }.filter { !$0.isEmpty }
  }
}

extension String {
  /// The name of a setting, whose parts are joined by dots: "myapp.user".
  fileprivate var settingName: String {
    get throws(QuarantineFailure) {
      var parts: [String] = []
      for part in split(separator: ".") { parts.append(try quoted(String(part))) }
      return parts.joined(separator: ".")
    }
  }
}
