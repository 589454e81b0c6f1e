import PostgreSQL
import Runtime

/// A template database from which `reset` makes a fresh copy in seconds.
public enum KeptTemplate {
  /// The id in the name of every kept template: there is one for each destination.
  static let id = "kept"

  public static func name(for destination: String) throws(QuarantineFailure) -> ScratchName {
    guard let name = ScratchName(destination: destination, id: id, role: .template) else {
      throw .refused("the template of \(destination) cannot be named")
    }
    return name
  }

  /// Keeps a copy of a finished quarantine. Before it is published: nobody is connected to it then.
  ///
  /// The new template is made beside the old one and takes its name in one transaction, so that there is always one.
  public static func keep(_ quarantine: Quarantine) throws(QuarantineFailure) {
    let template = try name(for: quarantine.name.destination)
    guard let making = ScratchName(destination: template.destination, id: "\(id)-new", role: .copy),
      let old = ScratchName(destination: template.destination, id: "\(id)-old", role: .previous)
    else { throw .refused("the template of \(template.destination) cannot be named") }
    try Quarantine(name: making, oid: 0, server: quarantine.server).drop()
    try Quarantine(name: old, oid: 0, server: quarantine.server).drop()
    let made = try Quarantine.create(making, copying: quarantine.name.name, on: quarantine.server)
    try rename(made, to: template, old)
    try Quarantine(name: old, oid: 0, server: quarantine.server).drop()
  }

  private static func rename(
    _ made: Quarantine, to template: ScratchName, _ old: ScratchName
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
        try run("ALTER DATABASE \(from) RENAME TO \(to)")
        try run("COMMENT ON DATABASE \(to) IS \(quoteLiteral(ScratchHint(template).comment))")
      }
    }
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
