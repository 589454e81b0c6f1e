public import PostgreSQL
public import Runtime

extension LeftOut {
  /// What a database has that no copy gets, by name: for the plan, before anything is dumped. What depends on an
  /// extension that is out of reach is known only from the dump (`RestoreSelection`), except for tables, which are here.
  ///
  /// - Parameter extensions: those that the destination can have; nothing where it was not asked, and then nothing is
  ///   said of them.
  public static func read(
    in source: Session, extensions: Set<String>?, deadline: Deadline
  ) throws(DatabaseError) -> [LeftOut] {
    let rows = try source.query(query, deadline: deadline, as: "read what is not copied")
    var found = rows.map { LeftOut(title: $0[0] ?? "", reason: $0[1] == "t" ? .outOfReach : .neverCopied) }
    guard let extensions else { return found }
    let users = try source.query(extensionTables, deadline: deadline, as: "read the extensions")
    for row in users where !extensions.contains(row[0] ?? "") {
      let title = "EXTENSION \(row[0] ?? "")"
      guard let table = row[1] else {
        found.append(LeftOut(title: title, reason: .outOfReach))
        continue
      }
      found.append(LeftOut(title: "TABLE \(table)", reason: .dependsOn(title), holdsRows: true))
    }
    return found
  }

  /// What no dump of a schema knows, so that a restore cannot tell it either.
  static func unknownToDump(in source: Session, deadline: Deadline) throws(DatabaseError) -> [LeftOut] {
    let kinds = ["LARGE OBJECT ", "PUBLICATION ", "SUBSCRIPTION "]
    return try read(in: source, extensions: nil, deadline: deadline).filter { left in
      kinds.contains { left.title.hasPrefix($0) }
    }
  }

  /// A sentence each, but one for all large objects, of which there may be millions.
  static func sentences(_ all: [LeftOut]) -> [String] {
    let objects = all.filter { $0.title.hasPrefix("LARGE OBJECT ") }
    let others = all.filter { !$0.title.hasPrefix("LARGE OBJECT ") }.map(\.sentence)
    guard let first = objects.first else { return others }
    guard objects.count > 1 else { return others + [first.sentence] }
    let named = objects.prefix(5).map(\.title).joined(separator: ", ")
    return others + ["\(named)\(objects.count > 5 ? " and others" : "") are not copied"]
  }

  /// At most 50 large objects are named.
  private static let query = """
    SELECT 'FOREIGN DATA WRAPPER ' || fdwname, true FROM pg_catalog.pg_foreign_data_wrapper w
    WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_foreign_data_wrapper'::regclass
      AND d.objid = w.oid AND d.deptype = 'e')
    UNION ALL SELECT 'SERVER ' || srvname, false FROM pg_catalog.pg_foreign_server
    UNION ALL SELECT 'USER MAPPING ' || usename || ' on ' || srvname, false FROM pg_catalog.pg_user_mappings
    UNION ALL SELECT 'FOREIGN TABLE ' || n.nspname || '.' || c.relname, false
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'f'
    UNION ALL SELECT 'PUBLICATION ' || pubname, false FROM pg_catalog.pg_publication
    UNION ALL SELECT 'SUBSCRIPTION ' || subname, false FROM pg_catalog.pg_subscription
      WHERE subdbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
    UNION ALL SELECT 'EVENT TRIGGER ' || evtname, true FROM pg_catalog.pg_event_trigger t
      WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_event_trigger'::regclass
        AND d.objid = t.oid AND d.deptype = 'e')
    UNION ALL (SELECT 'LARGE OBJECT ' || oid, false FROM pg_catalog.pg_largeobject_metadata ORDER BY oid LIMIT 50)
    """

  /// Each extension, and each table with a column whose type is one of the extension's.
  private static let extensionTables = """
    SELECT extname, NULL FROM pg_catalog.pg_extension WHERE extname <> 'plpgsql'
    UNION ALL
    SELECT DISTINCT e.extname, n.nspname || '.' || c.relname
    FROM pg_catalog.pg_extension e
    JOIN pg_catalog.pg_depend m ON m.refclassid = 'pg_catalog.pg_extension'::regclass AND m.refobjid = e.oid
      AND m.deptype = 'e' AND m.classid = 'pg_catalog.pg_type'::regclass
    JOIN pg_catalog.pg_type t ON t.oid = m.objid OR t.typelem = m.objid AND t.typcategory = 'A'
    JOIN pg_catalog.pg_attribute a ON a.atttypid = t.oid AND NOT a.attisdropped
    JOIN pg_catalog.pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p')
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend x WHERE x.classid = 'pg_catalog.pg_class'::regclass
      AND x.objid = c.oid AND x.deptype = 'e')
    ORDER BY 1, 2 NULLS FIRST
    """
}

/// What the destination can have without a superuser.
public struct DestinationReach: Sendable, Hashable {
  /// Extensions that the role may create in a database that it owns, and those that the template has.
  public var extensions: Set<String>
  public var presentSchemas: Set<String>

  /// - Parameters:
  ///   - maintenance: a session on the destination's server.
  ///   - template: a session in `refresh.template`, where there is one.
  public static func read(
    in maintenance: Session, template: Session? = nil, deadline: Deadline
  ) throws(DatabaseError) -> DestinationReach {
    let creatable = try names(creatable, maintenance, deadline)
    guard let template else { return DestinationReach(extensions: creatable, presentSchemas: []) }
    let present = try names("SELECT extname FROM pg_catalog.pg_extension", template, deadline)
    let schemas = try names(
      "SELECT nspname FROM pg_catalog.pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'",
      template, deadline)
    return DestinationReach(extensions: creatable.union(present), presentSchemas: schemas)
  }

  private static func names(
    _ query: String, _ session: Session, _ deadline: Deadline
  ) throws(DatabaseError) -> Set<String> {
    Set(try session.query(query, deadline: deadline, as: "read the extensions").compactMap { $0[0] })
  }

  /// An extension is made by who owns the database where it is trusted or wants no superuser, and by a superuser always
  /// (manual, CREATE EXTENSION). The default version is the one that is made.
  private static let creatable = """
    SELECT e.name FROM pg_catalog.pg_available_extensions e
    JOIN pg_catalog.pg_available_extension_versions v ON v.name = e.name AND v.version = e.default_version
    WHERE v.trusted OR NOT v.superuser
      OR (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user)
    """
}
