/// The kinds of entries that pg_dump 14 to 18 write (`ARCHIVE_OPTS(.description = …)` in pg_dump.c).
public enum ArchiveKind: String, Sendable, CaseIterable {
  case accessControl = "ACL"
  case accessMethod = "ACCESS METHOD"
  case aggregate = "AGGREGATE"
  case blob = "BLOB"
  case blobMetadata = "BLOB METADATA"
  case blobs = "BLOBS"
  case cast = "CAST"
  case checkConstraint = "CHECK CONSTRAINT"
  case collation = "COLLATION"
  case comment = "COMMENT"
  case constraint = "CONSTRAINT"
  case conversion = "CONVERSION"
  case database = "DATABASE"
  case databaseProperties = "DATABASE PROPERTIES"
  case columnDefault = "DEFAULT"
  case defaultAccessControl = "DEFAULT ACL"
  case domain = "DOMAIN"
  case encoding = "ENCODING"
  case eventTrigger = "EVENT TRIGGER"
  case extensionObject = "EXTENSION"
  case foreignKey = "FK CONSTRAINT"
  case foreignDataWrapper = "FOREIGN DATA WRAPPER"
  case foreignTable = "FOREIGN TABLE"
  case function = "FUNCTION"
  case index = "INDEX"
  case indexAttach = "INDEX ATTACH"
  case materializedView = "MATERIALIZED VIEW"
  case materializedViewData = "MATERIALIZED VIEW DATA"
  case `operator` = "OPERATOR"
  case operatorClass = "OPERATOR CLASS"
  case operatorFamily = "OPERATOR FAMILY"
  case policy = "POLICY"
  case proceduralLanguage = "PROCEDURAL LANGUAGE"
  case procedure = "PROCEDURE"
  case publication = "PUBLICATION"
  case publicationTable = "PUBLICATION TABLE"
  case publicationSchema = "PUBLICATION TABLES IN SCHEMA"
  case rowSecurity = "ROW SECURITY"
  case rule = "RULE"
  case schema = "SCHEMA"
  case searchPath = "SEARCHPATH"
  case securityLabel = "SECURITY LABEL"
  case sequence = "SEQUENCE"
  case sequenceOwner = "SEQUENCE OWNED BY"
  case sequenceState = "SEQUENCE SET"
  case server = "SERVER"
  case shellType = "SHELL TYPE"
  case statistics = "STATISTICS"
  case statisticsData = "STATISTICS DATA"
  case standardStrings = "STDSTRINGS"
  case subscription = "SUBSCRIPTION"
  case subscriptionTable = "SUBSCRIPTION TABLE"
  case table = "TABLE"
  case tableAttach = "TABLE ATTACH"
  case tableData = "TABLE DATA"
  case textSearchConfiguration = "TEXT SEARCH CONFIGURATION"
  case textSearchDictionary = "TEXT SEARCH DICTIONARY"
  case textSearchParser = "TEXT SEARCH PARSER"
  case textSearchTemplate = "TEXT SEARCH TEMPLATE"
  case transform = "TRANSFORM"
  case trigger = "TRIGGER"
  case type = "TYPE"
  case userMapping = "USER MAPPING"
  case view = "VIEW"

  /// The kind with which a text begins. A table of a schema "DATA" begins like the rows of a table, so where one kind is
  /// the beginning of another, the catalogue decides between them.
  static func leading(_ text: some StringProtocol, catalogue: UInt32) -> ArchiveKind? {
    allCases
      .filter { text.hasPrefix($0.rawValue + " ") && ($0.catalogue.map { $0 == catalogue } ?? true) }
      .max { $0.rawValue.count < $1.rawValue.count }
  }

  /// The oid of the catalogue, for every kind that begins another one or begins with another one. These oids are fixed
  /// (`pg_class.dat`, `CATALOG(…)` in the source's catalog headers).
  private var catalogue: UInt32? {
    switch self {
    case .table, .index, .sequence, .materializedView: 1259
    case .tableData, .tableAttach, .indexAttach, .sequenceOwner, .sequenceState, .materializedViewData: 0
    case .columnDefault: 2604
    case .defaultAccessControl: 826
    case .operator: 2617
    case .operatorClass: 2616
    case .operatorFamily: 2753
    case .database: 1262
    case .databaseProperties, .statisticsData, .blobs: 0
    case .publication: 6104
    case .publicationTable: 6106
    case .publicationSchema: 6237
    case .subscription: 6100
    case .subscriptionTable: 6102
    case .statistics: 3381
    default: nil
    }
  }
}
