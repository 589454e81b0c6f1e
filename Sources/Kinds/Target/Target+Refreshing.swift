import Documents
public import Reconciliation
import Runtime

extension Target {
  /// The codes of waivers that hold today.
  static func accepted(of object: Declared, _ ports: Ports) -> Set<String> {
    Set(object.waivers.filter { !$0.isExpired(on: ports.at.date) }.map(\.code))
  }

  public static func refresh(
    _ object: Declared, in declaration: Declaration, through ports: Ports, because reason: String,
    of planned: SourceShape?, progress: @escaping @Sendable (CopyProgress) -> Void
  ) -> CopyResult? {
    switch order(of: object, in: declaration, ports) {
    case nil:
      return .failed("it declares no source, no destination or nothing that masks: there is no copy to make", hint: nil)
    case .failure(let unresolved)?: return .failed(unresolved.reason, hint: nil)
    case .success(var order)?:
      order.planned = planned
      return ports.copies.refresh(
        order, because: reason,
        check: { quarantine in verify(object, in: declaration, on: quarantine, through: ports) }, progress: progress)
    }
  }

  /// The rights that its copies need; nothing for a target that has none.
  public static func rights(
    of object: Declared, in declaration: Declaration, through ports: Ports
  ) throws(Failure) -> CopyRights? {
    switch order(of: object, in: declaration, ports) {
    case nil: return nil
    case .failure(let unresolved)?: throw Failure("list the rights for", object.address.name, cause: unresolved.reason)
    case .success(let order)?: return try ports.copies.rights(order)
    }
  }

  /// What a copy is made by; nothing for a target that declares no copy of its own: without source or destination, or
  /// without anything that masks.
  static func order(
    of object: Declared, in declaration: Declaration, _ ports: Ports
  ) -> Result<CopyOrder, Unresolved>? {
    let resolved = resolve(object, in: declaration)
    guard let source = source(of: object, in: declaration, ports),
      let destination = destination(of: object, in: declaration, ports), resolved.masks
    else { return nil }
    return Result { () throws(Unresolved) in
      var order = CopyOrder(
        workspace: declaration.settings.workspace, target: object.address.name, source: try source.endpoint.get(),
        destination: try destination.endpoint.get(), scratch: try scratch(of: object, in: declaration, ports),
        schemas: schemas(of: object), policy: resolved.policy?.spec, policyName: resolved.policy?.address.name,
        statements: resolved.statements, workers: resolved.workers,
        options: object.spec["refresh"] ?? .object(Fields()), storage: storage(of: object, in: declaration),
        waived: accepted(of: object, ports),
        masterKey: try maskingKey(declaration, ports), policyDigest: resolved.digest(schemas: schemas(of: object)))
      if !object.isInFiles { order.commands = .init(way: object.address.name) }
      order.detection = declaration.settings.spec["detection"]
      return order
    }
  }

  static func schemas(of object: Declared) -> SchemaSelection {
    let schemas = object.spec["snapshot", "schema_config"]
    return SchemaSelection(
      included: schemas?["include_schemas"]?.list?.compactMap(\.string) ?? [],
      excluded: schemas?["exclude_schemas"]?.list?.compactMap(\.string) ?? [])
  }

  static func scratch(
    of object: Declared, in declaration: Declaration, _ ports: Ports
  ) throws(Unresolved) -> DatabaseEndpoint? {
    guard object.spec["sanitize", "dst_url"] != nil else { return nil }
    return try scratchEnd(of: object, in: declaration, ports)?.endpoint.get()
  }

  private static func storage(of object: Declared, in declaration: Declaration) -> CopyOrder.Storage? {
    guard let name = object.spec["sanitize", "storage_profile"]?.string,
      let profile = declaration[Address("storage_profile", name)]
    else { return nil }
    return CopyOrder.Storage(profile: name, spec: profile.spec)
  }

  /// The master secret of `decant.masking.key`; nothing where none is declared.
  private static func maskingKey(_ declaration: Declaration, _ ports: Ports) throws(Unresolved) -> Secret? {
    try secret("masking", declaration, ports)
  }

  /// The key of one of the blocks of `decant`; nothing where none is declared.
  static func secret(
    _ block: String, _ declaration: Declaration, _ ports: Ports
  ) throws(Unresolved) -> Secret? {
    guard let value = declaration.settings.spec[block]?["key"] else { return nil }
    let path = "decant.\(block).key"
    if let file = value["file"]?.string {
      do { return try ports.secretFile(expanded(file, declaration, ports)) } catch {
        throw Unresolved(reason: error.description)
      }
    }
    let literal = declaration.settings.literals[path]
    do {
      let template = try literal?.withValue { text throws in try Template(text) } ?? Template(value.string ?? "")
      return Secret(try template.resolved(by: ports.variable))
    } catch let error as UnsetVariable {
      throw Unresolved(reason: "the variable \(error.name) of \(path) is not set")
    } catch {
      throw Unresolved(reason: "the template of \(path) cannot be read")
    }
  }
}

extension Target.Resolved {
  /// Whether anything changes values on their way.
  var masks: Bool { overrideQuery != nil || (policy.map(Sanitization.masks) ?? false) }

  var statements: [CopyOrder.Statements] {
    let own = overrideQuery.map { CopyOrder.Statements(path: "sanitize.override_query", sql: $0) }
    let after = policy?.spec["post_sync", "custom_sql"]?.string.map {
      CopyOrder.Statements(path: "post_sync.custom_sql", sql: $0)
    }
    return [own, after].compactMap { $0 }
  }

  /// Over everything that decides how rows are changed or left out; checks and speed are not in it.
  func digest(schemas: SchemaSelection) -> String {
    var rules = Fields()
    for key in ["tables", "exclude_tables", "virtual_references"] { rules[key] = policy?.spec[key] }
    rules["seed"] = policy?.spec["global", "seed"]
    rules["statements"] = .list(statements.map { .string($0.sql) })
    rules["include_schemas"] = .list(schemas.included.sorted().map(Value.string))
    rules["exclude_schemas"] = .list(schemas.excluded.sorted().map(Value.string))
    return "sha256:" + sha256(JSON.canonical(.object(rules)))
  }
}

extension Target {
  /// What is said of the copy: the conditions that rules and schema make together, and whether it is as declared.
  static func copy(
    of object: Declared, in declaration: Declaration, through ports: Ports
  ) -> (conditions: [Condition], observation: CopyObservation?) {
    guard case .success(let order)? = order(of: object, in: declaration, ports) else {
      return (withoutKey(object, in: declaration, ports), nil)
    }
    let result = ports.databases.observes ? ports.copies.study(order) : nil
    let study = try? result?.get()
    let notes = study?.notes.map { condition(of: $0, on: object) } ?? unstudied(result, object)
    let limit = object.spec["refresh", "max_age"]?.string.flatMap(DurationText.seconds)
    do throws(Failure) {
      let published = try ports.copies.published(order.target, in: order.workspace)
      let observation = CopyObservation(
        address: object.address, destination: order.destination.parameters["dbname"] ?? "", maxAge: limit,
        policyDigest: order.policyDigest, published: published, study: study)
      return (notes, observation)
    } catch {
      let unknown = Condition(
        "copy_stale", .warning, object.address, at: "refresh.max_age",
        .unknown("the snapshot catalogue could not be read: \(error.description)"))
      return (notes + [unknown], nil)
    }
  }

  /// What cannot be resolved of source and destination is said of them; the key is of the copy alone.
  private static func withoutKey(_ object: Declared, in declaration: Declaration, _ ports: Ports) -> [Condition] {
    guard resolve(object, in: declaration).masks else { return [] }
    do {
      _ = try maskingKey(declaration, ports)
      return []
    } catch {
      return [Condition("mask_key_missing", .error, object.address, at: "sanitize", .unknown(error.reason))]
    }
  }

  /// A source that cannot be reached says so itself; one that was reached and did not tell its schema does not.
  private static func unstudied(_ result: Result<CopyStudy, DatabaseFailure>?, _ object: Declared) -> [Condition] {
    guard case .failure(let failure)? = result, failure.kind == .statement else { return [] }
    let reason = "whether the copy is as declared is not known: \(failure.message)"
    return [Condition("copy_stale", .error, object.address, at: "snapshot", .unknown(reason))]
  }

  /// Rules are of the policy; what they mean for this source is said of the target, with the policy's path in words.
  static func condition(of note: CopyNote, on object: Declared) -> Condition {
    let path = note.isInPolicy ? "sanitize.policy" : note.path
    let message = note.isInPolicy ? "\(note.path): \(note.message)" : note.message
    return Condition(
      note.code, note.severity, object.address, at: path, note.isUnknown ? .unknown(message) : .fails(message),
      isWaivable: waivable.contains(note.code))
  }

  /// The registry alone says what a waiver may accept; a code that it does not know, none may.
  private static let waivable = Set(conditions.filter(\.isWaivable).map(\.code))
}
