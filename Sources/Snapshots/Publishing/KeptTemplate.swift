import PostgreSQL
import Runtime

/// A template database from which `reset` makes a fresh copy in seconds.
///
/// It says of which snapshot it is, so that nobody gets an older copy back than the one that is in place. That stands in
/// a setting that every role may give its own database, because a comment is no place for facts, and a setting of our
/// own would want a superuser; nobody ever connects to a template.
public enum KeptTemplate {
  /// The id in the name of every kept template: there is one for each destination.
  static let id = "kept"
  private static let setting = "application_name"
  private static let beginning = "decant snapshot "

  public static func name(for destination: String) throws(QuarantineFailure) -> ScratchName {
    guard let name = ScratchName(destination: destination, id: id, role: .template) else {
      throw .refused("the template of \(destination) cannot be named")
    }
    return name
  }

  /// Keeps a copy of a finished quarantine. Before it is published: nobody is connected to it then.
  public static func keep(_ quarantine: Quarantine, of snapshot: String = "") throws(QuarantineFailure) {
    try keep(quarantine.name.name, for: quarantine.name.destination, of: snapshot, on: quarantine.server)
  }

  /// Keeps a copy of a database that nobody is connected to.
  ///
  /// The new template is made beside the old one and takes its name in one transaction, so that there is always one.
  static func keep(
    _ database: String, for destination: String, of snapshot: String, on server: MaintenanceConnection
  ) throws(QuarantineFailure) {
    let template = try name(for: destination)
    guard let making = ScratchName(destination: destination, id: "\(id)-new", role: .copy),
      let old = ScratchName(destination: destination, id: "\(id)-old", role: .previous)
    else { throw .refused("the template of \(destination) cannot be named") }
    try Quarantine(name: making, oid: 0, server: server).drop()
    try Quarantine(name: old, oid: 0, server: server).drop()
    let made = try Quarantine.create(making, copying: database, on: server)
    try rename(made, to: template, old, snapshot)
    try Quarantine(name: old, oid: 0, server: server).drop()
  }

  private static func rename(
    _ made: Quarantine, to template: ScratchName, _ old: ScratchName, _ snapshot: String
  ) throws(QuarantineFailure) {
    let (from, to, away) = (try quoted(made.name.name), try quoted(template.name), try quoted(old.name))
    let server = made.server
    try asking { () throws(DatabaseError) in
      let session = try server.open()
      try session.transaction(readOnly: false, deadline: server.long) { (session) throws(DatabaseError) in
        func run(_ statement: String) throws(DatabaseError) {
          _ = try session.query(statement, deadline: server.long, as: "keep a template")
        }
        if try DatabaseState.oid(of: template.name, in: session, server.short) != nil {
          try run("ALTER DATABASE \(to) RENAME TO \(away)")
          try run("COMMENT ON DATABASE \(away) IS \(quoteLiteral(ScratchHint(old).comment))")
        }
        try run("ALTER DATABASE \(from) SET \(setting) TO \(quoteLiteral(beginning + snapshot))")
        try run("ALTER DATABASE \(from) RENAME TO \(to)")
        try run("COMMENT ON DATABASE \(to) IS \(quoteLiteral(ScratchHint(template).comment))")
      }
    }
  }

  /// Of which snapshot the kept template is; nothing where there is none, or it does not say.
  static func snapshot(for destination: String, on server: MaintenanceConnection) throws(QuarantineFailure) -> String? {
    let name = try name(for: destination).name
    let value = try asking { () throws(DatabaseError) in
      try server.open().query(
        """
        SELECT c.entry FROM pg_catalog.pg_database d JOIN pg_catalog.pg_db_role_setting s ON s.setdatabase = d.oid,
          pg_catalog.unnest(s.setconfig) AS c(entry)
        WHERE d.datname = $1 AND s.setrole = 0 AND c.entry LIKE '\(setting)=%'
        """, [name], deadline: server.short, as: "look at the template"
      ).single
    }
    let words = "\(setting)=\(beginning)"
    return value.flatMap { $0.hasPrefix(words) ? String($0.dropFirst(words.count)) : nil }
  }

  /// Removes the template, so that an older copy takes up no room. No error where there is none.
  static func drop(for destination: String, on server: MaintenanceConnection) throws(QuarantineFailure) {
    try Quarantine(name: try name(for: destination), oid: 0, server: server).drop()
  }

  /// A fresh copy of the kept template, ready to be published. Nothing where no template was kept.
  public static func fresh(
    _ name: ScratchName, on server: MaintenanceConnection
  ) throws(QuarantineFailure) -> Quarantine? {
    let template = try self.name(for: name.destination)
    guard try Quarantine.find(template, on: server) != nil else { return nil }
    return try Quarantine.create(name, copying: template.name, on: server)
  }
}
