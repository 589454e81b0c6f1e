public import PostgreSQL
public import Reconciliation
public import Runtime

/// Which schemas of a source are copied, and what refers to those that are not. Read in the copy's own snapshot.
public struct CopiedSchemas: Sendable, Hashable {
  public var copied: [String]
  public var leftOut: [String]
  /// Objects of copied schemas that refer to objects of the others.
  public var refersOutside: Set<CatalogueObject>
  /// What stands in schemas that nobody selected, and that are there for the extensions in them alone.
  public var besideExtensions: Set<CatalogueObject>
  /// False where somebody dropped `public`, which every new database has.
  public var hasPublic: Bool

  public static func read(
    _ selection: SchemaSelection, in session: Session, deadline: Deadline
  ) throws(DatabaseError) -> CopiedSchemas {
    let rows = try session.query(Self.query, deadline: deadline, as: "read the schemas")
    let names = rows.map { (name: $0[0] ?? "", holdsExtension: $0[1] == "t") }
    func isCopied(_ schema: (name: String, holdsExtension: Bool)) -> Bool {
      if selection.excluded.contains(schema.name) { return false }
      return selection.included.isEmpty || selection.included.contains(schema.name)
    }
    // A schema into which an extension was put has to be there for the extension, with nothing else in it.
    let bare = names.filter { !isCopied($0) && $0.holdsExtension && !selection.excluded.contains($0.name) }.map(\.name)
    let leftOut = names.filter { !isCopied($0) && !bare.contains($0.name) }.map(\.name)
    return CopiedSchemas(
      copied: names.filter(isCopied).map(\.name), leftOut: leftOut,
      refersOutside: leftOut.isEmpty ? [] : try references(to: leftOut, in: session, deadline),
      besideExtensions: bare.isEmpty ? [] : try objects(Self.inside, of: bare, in: session, deadline),
      hasPublic: names.contains { $0.name == "public" })
  }

  private static let query = """
    SELECT n.nspname, EXISTS (SELECT FROM pg_catalog.pg_extension e WHERE e.extnamespace = n.oid)
    FROM pg_catalog.pg_namespace n
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
        WHERE d.classid = 'pg_catalog.pg_namespace'::regclass AND d.objid = n.oid AND d.deptype = 'e')
    ORDER BY n.nspname COLLATE "C"
    """

  /// A dump that leaves out a schema does not know what refers to it, because the references lead to nothing in it.
  private static func references(
    to schemas: [String], in session: Session, _ deadline: Deadline
  ) throws(DatabaseError) -> Set<CatalogueObject> {
    try objects(outside, of: schemas, in: session, deadline)
  }

  private static func objects(
    _ sql: String, of schemas: [String], in session: Session, _ deadline: Deadline
  ) throws(DatabaseError) -> Set<CatalogueObject> {
    let places = schemas.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
    let rows = try session.query(
      sql.replacing(":schemas", with: places), schemas, deadline: deadline, as: "read what is in other schemas")
    return Set(
      rows.compactMap { row in
        guard let catalogue = row[0].flatMap({ UInt32($0) }), let object = row[1].flatMap({ UInt32($0) }) else {
          return nil
        }
        return CatalogueObject(catalogue: catalogue, object: object)
      })
  }

  /// Indexes, keys and triggers depend on their tables, and go with them.
  private static let inside = """
    SELECT d.classid, d.objid FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_namespace n ON n.oid = d.refobjid
    WHERE d.refclassid = 'pg_catalog.pg_namespace'::regclass AND n.nspname IN (:schemas)
      AND d.classid <> 'pg_catalog.pg_extension'::regclass
    """

  /// A view refers by its rule, a default by its table; both are told as what they belong to.
  private static let outside = """
    WITH namespaces AS (
      SELECT oid FROM pg_catalog.pg_namespace WHERE nspname IN (:schemas)
    ), outer_objects(classid, objid) AS (
      SELECT d.classid, d.objid FROM pg_catalog.pg_depend d JOIN namespaces n ON d.refobjid = n.oid
      WHERE d.refclassid = 'pg_catalog.pg_namespace'::regclass
      UNION
      SELECT 'pg_catalog.pg_type'::regclass, t.oid FROM pg_catalog.pg_type t JOIN namespaces n ON t.typnamespace = n.oid
      UNION
      SELECT 'pg_catalog.pg_constraint'::regclass, k.oid
      FROM pg_catalog.pg_constraint k JOIN namespaces n ON k.connamespace = n.oid
      UNION
      SELECT 'pg_catalog.pg_class'::regclass, c.oid FROM pg_catalog.pg_class c JOIN namespaces n ON c.relnamespace = n.oid
    ), referring(classid, objid) AS (
      SELECT d.classid, d.objid FROM pg_catalog.pg_depend d JOIN outer_objects o ON (d.refclassid, d.refobjid) = (o.classid, o.objid)
    ), owners(classid, objid) AS (
      SELECT classid, objid FROM referring
      UNION
      SELECT 'pg_catalog.pg_class'::regclass, r.ev_class FROM pg_catalog.pg_rewrite r JOIN referring x
        ON x.classid = 'pg_catalog.pg_rewrite'::regclass AND x.objid = r.oid
    )
    SELECT w.classid::oid, w.objid FROM owners w
    WHERE NOT EXISTS (SELECT FROM outer_objects o WHERE (o.classid, o.objid) = (w.classid, w.objid))
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_rewrite r JOIN outer_objects o
        ON o.objid = r.ev_class AND o.classid = 'pg_catalog.pg_class'::regclass
        WHERE w.classid = 'pg_catalog.pg_rewrite'::regclass AND r.oid = w.objid)
    """
}
