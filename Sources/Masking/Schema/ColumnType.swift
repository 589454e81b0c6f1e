/// A data type as masks and the row codec have to know it.
public struct ColumnType: Sendable, Hashable {
  /// What the values are, through domains. Array, composite, enum and range know their parts.
  public indirect enum Family: Sendable, Hashable {
    /// `text`, `varchar`, `bpchar`, `name`, and `citext` where it is installed: binary form and text form are one.
    case text
    case boolean
    /// `int2`, `int4`, `int8`: bytes of the binary form.
    case integer(bytes: Int)
    case float(bytes: Int)
    case numeric
    case money
    case date, time, timestamp, timestampWithTimeZone, timeWithTimeZone, interval
    case uuid
    case bytes
    case json, jsonb
    case xml
    /// `inet`, `cidr`.
    case network
    case macAddress
    case bits
    case geometric
    case textSearch
    case enumeration(labels: [String])
    case array(of: ColumnType)
    case composite
    case range
    /// `hstore`, `ltree` and whatever else an extension or a user made.
    case other
  }

  /// As `format_type` gives it, without the length: `character varying`, `public.mood`, `integer[]`.
  public var name: String
  /// The same without the domains around it: `public.hstore` of a domain over hstore.
  public var base: String
  /// `pg_type.oid` of the column's own type, be it a domain.
  public var oid: UInt32
  public var family: Family
  /// The domains around the base type, outermost first.
  public var domains: [QualifiedName]
  /// The conditions of those domains.
  public var domainChecks: [CheckConstraint]
  /// Values compare as those of the extension citext do, be it through domains.
  public var isCitext = false
  /// The type and all its parts are on the list of those whose binary form was tested.
  public var isBinaryTested: Bool

  public init(
    name: String, oid: UInt32 = 0, family: Family, domains: [QualifiedName] = [],
    domainChecks: [CheckConstraint] = [], isBinaryTested: Bool = true
  ) {
    (self.name, base) = (name, name)
    self.oid = oid
    self.family = family
    self.domains = domains
    self.domainChecks = domainChecks
    self.isBinaryTested = isBinaryTested
  }
}
