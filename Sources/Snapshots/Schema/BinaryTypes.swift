/// Types whose binary form was copied and compared, value by value, by a test that goes through this list.
///
/// What is made of listed types (domains, enumerations, arrays, composites, ranges and multiranges) counts as listed
/// too. Not here, and therefore copied as text: what names an object by its oid (`regclass` and its kin, `oid` is a
/// number), because the copy has other oids; `aclitem` and `pg_node_tree`, which have no binary form; `int2vector`,
/// `oidvector` and `tsquery`, whose empty values are refused as binary; and types of extensions that nobody has tried.
enum BinaryTypes {
  /// By `typname` in `pg_catalog`.
  static let builtIn: Set<String> = [
    "bool", "bytea", "char", "name", "int2", "int4", "int8", "float4", "float8", "numeric", "money", "oid", "text",
    "varchar", "bpchar", "json", "jsonb", "jsonpath", "xml", "uuid", "date", "time", "timetz", "timestamp",
    "timestamptz", "interval", "bit", "varbit", "inet", "cidr", "macaddr", "macaddr8", "point", "lseg", "path", "box",
    "polygon", "line", "circle", "tsvector", "pg_lsn", "xid", "cid", "xid8", "tid", "pg_snapshot",
    "txid_snapshot", "refcursor",
  ]

  /// By extension and `typname`.
  static let ofExtensions: Set<[String]> = [["citext", "citext"], ["hstore", "hstore"]]

  static func contains(_ name: String, schema: String, extension owner: String?) -> Bool {
    if let owner { return ofExtensions.contains([owner, name]) }
    return schema == "pg_catalog" && builtIn.contains(name)
  }
}
