/// An object by the oid of its catalogue and its oid in there (`pg_depend` calls them classid and objid).
public struct CatalogueObject: Sendable, Hashable {
  public var catalogue, object: UInt32

  public init(catalogue: UInt32, object: UInt32) { (self.catalogue, self.object) = (catalogue, object) }
}

/// Something of the source that the copy does not get, with its reason: a line of the plan.
public struct LeftOut: Sendable, Hashable {
  public enum Reason: Sendable, Hashable {
    /// Connections to elsewhere, and what only makes sense on the source's server.
    case neverCopied
    /// Only a superuser, or nobody, may create it on the destination's server.
    case outOfReach
    /// It needs what is left out.
    case dependsOn(String)
    /// It refers to a schema that is not copied.
    case refersOutside
    /// It stands in a schema that nobody selected.
    case notSelected
    /// A kind that this version does not know.
    case unknownKind
  }

  /// "VIEW public v_db".
  public var title: String
  public var reason: Reason
  /// The copy would lack rows: only `refresh.template` can help.
  public var holdsRows: Bool

  public init(title: String, reason: Reason, holdsRows: Bool = false) {
    (self.title, self.reason, self.holdsRows) = (title, reason, holdsRows)
  }

  public var sentence: String { sentence(byRoleOf: "destination") }

  /// - Parameter side: whose role makes the objects.
  func sentence(byRoleOf side: String) -> String {
    switch reason {
    case .neverCopied: "\(title) is not copied"
    case .outOfReach: "\(title) is not copied: the \(side)'s role may not create it (see refresh.template)"
    case .dependsOn(let other): "\(title) is not copied: it needs \(other)"
    case .notSelected: "\(title) is not copied: its schema is not among the selected ones"
    case .refersOutside: "\(title) is not copied: it refers to a schema that is not copied"
    case .unknownKind: "\(title) is not copied: its kind is not known to this version"
    }
  }
}

/// What a copy may hold.
public struct RestoreScope: Sendable {
  /// The extensions that the destination's role can create, or that the template has already.
  public var extensions: Set<String>
  /// Schemas of the template, which need not be created again.
  public var presentSchemas: Set<String>
  public var keepsComments: Bool
  /// Objects that refer to schemas that are not copied.
  public var refersOutside: Set<CatalogueObject>
  /// Objects of schemas that nobody selected.
  public var notSelected: Set<CatalogueObject>

  public init(
    extensions: Set<String>, presentSchemas: Set<String> = [], keepsComments: Bool = false,
    refersOutside: Set<CatalogueObject> = [], notSelected: Set<CatalogueObject> = []
  ) {
    self.notSelected = notSelected
    self.extensions = extensions
    self.presentSchemas = presentSchemas
    self.keepsComments = keepsComments
    self.refersOutside = refersOutside
  }
}

/// Which entries of an archive are restored, and which not and why. Pure.
public struct RestoreSelection: Sendable {
  /// In the order of the archive.
  public let kept: [Int]
  public let leftOut: [LeftOut]

  /// Tables that the copy would lack: with one of these there is no faithful copy without a template.
  public var missingTables: [LeftOut] { leftOut.filter(\.holdsRows) }

  /// - Parameter keepsRows: for an archive of ours, whose rows and sequences are restored with it.
  public init(_ list: RestoreList, _ scope: RestoreScope, keepsRows: Bool = false) {
    var dropped: [Int: String] = [:]
    var leftOut: [LeftOut] = []
    // Dependencies point backwards in an archive but for a few; a second round finds what the first has passed by.
    var pending = list.entries
    while true {
      let before = dropped.count
      var next: [RestoreList.Entry] = []
      for entry in pending {
        guard let reason = scope.reason(against: entry, dropped, keepsRows) else {
          next.append(entry)
          continue
        }
        dropped[entry.number] = entry.title
        if reason.isTold(of: entry.kind) {
          leftOut.append(LeftOut(title: entry.title, reason: reason, holdsRows: entry.kind == .table))
        }
      }
      pending = next
      if dropped.count == before { break }
    }
    // What the template has already is not made again, but what is in it is.
    kept = pending.filter { !scope.isPresent($0) }.map(\.number)
    self.leftOut = leftOut
  }

  /// The list for `pg_restore -L`. It reads the number at the beginning of a line and nothing else, so no name is in it.
  var listing: String { kept.map { "\($0);\n" }.joined() }
}

extension RestoreScope {
  fileprivate func reason(
    against entry: RestoreList.Entry, _ dropped: [Int: String], _ keepsRows: Bool
  ) -> LeftOut.Reason? {
    guard let kind = entry.kind else { return .unknownKind }
    if kind.isOfRows { return keepsRows ? dependency(of: entry, dropped) : .neverCopied }
    if kind.isNeverCopied || (kind == .comment && !keepsComments) { return .neverCopied }
    if kind == .extensionObject, !extensions.contains(where: { entry.rest == "- \(oneLine($0)) " }) {
      return .outOfReach
    }
    if kind.wantsSuperuser { return .outOfReach }
    if entry.object != 0,
      refersOutside.contains(CatalogueObject(catalogue: entry.catalogue, object: entry.object))
    {
      return .refersOutside
    }
    if entry.object != 0,
      notSelected.contains(CatalogueObject(catalogue: entry.catalogue, object: entry.object))
    {
      return .notSelected
    }
    return dependency(of: entry, dropped)
  }

  fileprivate func isPresent(_ entry: RestoreList.Entry) -> Bool {
    entry.kind == .schema && presentSchemas.contains { entry.rest.hasPrefix("- \(oneLine($0)) ") }
  }

  private func dependency(of entry: RestoreList.Entry, _ dropped: [Int: String]) -> LeftOut.Reason? {
    for dependency in entry.dependencies {
      if let title = dropped[dependency] { return .dependsOn(title) }
    }
    return nil
  }

  /// A name as the list spells it.
  private func oneLine(_ name: String) -> String {
    String(String.UnicodeScalarView(name.unicodeScalars.map { $0 == "\n" || $0 == "\r" ? " " : $0 }))
  }
}

extension ArchiveKind {
  fileprivate var isNeverCopied: Bool {
    switch self {
    case .accessControl, .defaultAccessControl, .database, .databaseProperties, .securityLabel, .server, .userMapping,
      .foreignTable, .publication, .publicationTable, .publicationSchema, .subscription, .subscriptionTable, .blob,
      .blobMetadata, .blobs, .statisticsData:
      true
    default: false
    }
  }

  fileprivate var isOfRows: Bool { self == .tableData || self == .sequenceState }

  fileprivate var wantsSuperuser: Bool {
    switch self {
    case .accessMethod, .eventTrigger, .foreignDataWrapper, .operatorClass, .operatorFamily, .proceduralLanguage,
      .textSearchParser, .textSearchTemplate:
      true
    default: false
    }
  }
}

extension LeftOut.Reason {
  /// Some are parts of others, or are made anew in other ways, and need no line.
  fileprivate func isTold(of kind: ArchiveKind?) -> Bool {
    // As little as of the schemas that the dump has left out already.
    if self == .notSelected { return false }
    return switch kind {
    case .accessControl, .defaultAccessControl, .database, .databaseProperties, .securityLabel, .comment,
      .statisticsData,
      .sequenceState, .tableData, .tableAttach, .indexAttach, .sequenceOwner, .materializedViewData, .rowSecurity:
      false
    default: true
    }
  }
}
