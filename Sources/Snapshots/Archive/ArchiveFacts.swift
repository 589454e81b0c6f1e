import Documents
import PostgreSQL
import Reconciliation
import Runtime

/// What an archive's manifest says besides its parts: all that a load needs and no catalogue has to be asked for.
struct ArchiveFacts: Sendable, Hashable {
  /// How the copy spells and sorts its texts: another database that takes it in has to do the same.
  var locale: DatabaseLocale
  /// False where the source has no schema `public`.
  var hasPublic: Bool
  /// The source's cluster and the number of its database in it, as far as its role may know them: so that a load can
  /// tell that it is not about to replace the source, also where nobody can reach that.
  var source: DatabaseIdentity?
  var policyDigest: String?
  var keyID: String?
  var schemaFingerprint: String?
  var tables: Int
  var rows: Int
  var databaseBytes: Int?
  /// The instant that it shows.
  var instant: Timestamp

  var json: Fields {
    var spelled: Fields = [
      "encoding": .string(locale.encoding), "collate": .string(locale.collate), "ctype": .string(locale.ctype),
      "provider": .string(locale.provider.rawValue),
    ]
    spelled["locale"] = locale.locale.map { .string($0) }
    spelled["icu_rules"] = locale.icuRules.map { .string($0) }
    var fields: Fields = [
      "instant": .string(instant.description), "tables": .integer(tables), "rows": .integer(rows),
      "locale": .object(spelled), "has_public": .bool(hasPublic),
    ]
    fields["database_bytes"] = databaseBytes.map { .integer($0) }
    fields["policy"] = policyDigest.map { .string($0) }
    fields["key"] = keyID.map { .string($0) }
    fields["schema"] = schemaFingerprint.map { .string($0) }
    fields["source"] = source.map {
      ["cluster": .string($0.cluster), "database": .string("\($0.number)")]
    }
    return fields
  }
}

extension ArchiveFacts {
  /// Nothing where the manifest is not of this form.
  init?(_ fields: Fields) {
    guard let spelled = fields["locale"]?.object, let encoding = spelled["encoding"]?.string,
      let collate = spelled["collate"]?.string, let ctype = spelled["ctype"]?.string,
      let provider = spelled["provider"]?.string.flatMap(DatabaseLocale.Provider.init(rawValue:)),
      let tables = fields["tables"]?.integer, let rows = fields["rows"]?.integer,
      let instant = fields["instant"]?.string.flatMap({ Timestamp($0) })
    else { return nil }
    locale = DatabaseLocale(
      encoding: encoding, collate: collate, ctype: ctype, provider: provider, locale: spelled["locale"]?.string,
      icuRules: spelled["icu_rules"]?.string)
    hasPublic = fields["has_public"]?.bool ?? true
    source = fields["source"]?.object.flatMap { source in
      guard let cluster = source["cluster"]?.string, let number = source["database"]?.string.flatMap({ UInt32($0) })
      else { return nil }
      return DatabaseIdentity(cluster: cluster, number: number)
    }
    (policyDigest, keyID) = (fields["policy"]?.string, fields["key"]?.string)
    schemaFingerprint = fields["schema"]?.string
    (self.tables, self.rows, self.instant) = (tables, rows, instant)
    databaseBytes = fields["database_bytes"]?.integer
  }
}

/// A database among all clusters: the identifier that its cluster was given when it was made, and its number there.
/// A clone of a disk has both too.
struct DatabaseIdentity: Sendable, Hashable {
  var cluster: String
  var number: UInt32

  /// Nothing where the role may not read it.
  static func read(in session: Session, _ deadline: Deadline) -> DatabaseIdentity? {
    let rows = try? session.query(
      """
      SELECT (SELECT system_identifier FROM pg_catalog.pg_control_system()), oid
      FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()
      """, deadline: deadline, as: "reading the cluster")
    guard let row = rows?.first, let cluster = row[0], let number = row[1].flatMap({ UInt32($0) }) else { return nil }
    return DatabaseIdentity(cluster: cluster, number: number)
  }
}
