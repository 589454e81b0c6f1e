import Documents
public import Reconciliation

/// The way from one declared environment to another: `production-to-staging`.
public struct SyncRoute: Sendable {
  /// As it was typed.
  public let name: String
  public let source: Declared
  public let destination: Declared

  /// Names may have hyphens in them, so that a text may well name two pairs.
  public init(_ text: String, in declaration: Declaration) throws(Failure) {
    let names = declaration.names(of: "environment")
    var pairs: [(source: String, destination: String)] = []
    for source in names {
      for destination in names where "\(source)-to-\(destination)" == text { pairs.append((source, destination)) }
    }
    let declared = names.isEmpty ? "no environment is declared" : "declared: \(names.joined(separator: ", "))"
    guard let pair = pairs.first else {
      throw Failure("sync", text, cause: "no two declared environments are called so", hint: declared)
    }
    guard pairs.count == 1 else {
      let ways = pairs.map { "from \($0.source) to \($0.destination)" }.joined(separator: ", and ")
      throw Failure("sync", text, cause: "it can be read in \(pairs.count) ways: \(ways)", hint: declared)
    }
    guard let source = declaration[Address("environment", pair.source)],
      let destination = declaration[Address("environment", pair.destination)]
    else { throw Failure("sync", text, cause: "no two declared environments are called so", hint: declared) }
    (name, self.source, self.destination) = (text, source, destination)
    try refuseItself()
  }

  private func refuseItself() throws(Failure) {
    if destination.spec["readonly"]?.bool == true {
      throw Failure("sync", name, cause: "\(destination.address) is `readonly`, and never written to")
    }
    if source.address == destination.address {
      throw Failure("sync", name, cause: "source and destination are one environment")
    }
    let keys = ["host", "port", "database"]
    if keys.allSatisfy({ source.spec[$0] == destination.spec[$0] }) {
      throw Failure("sync", name, cause: "\(source.address) and \(destination.address) are one database")
    }
  }
}

extension SyncRoute {
  /// How a copy is made on this way, and what a command adds to it.
  public struct Wishes: Sendable {
    /// A declared target by its name, where several go this way.
    public var target: String?
    /// A sanitization by its name, where no target goes this way.
    public var policy: String?
    /// Ends sessions that are connected to the destination.
    public var disconnects = false
    /// Runs the declared checks before the copy is put in place, whatever the policy says about that.
    public var verifies = false

    public init() {}
  }

  /// The declaration with the target of this way in it, as the command means it.
  public func target(
    in declaration: Declaration, _ wishes: Wishes
  ) throws(Failure) -> (declaration: Declaration, target: Declared) {
    let found = try declared(in: declaration, wishes)
    var target = if let found { found } else { try made(in: declaration, wishes) }
    if wishes.disconnects { target = target.meaning(target.spec.setting("refresh", "disconnect")) }
    var declaration = declaration.having(target)
    if wishes.verifies {
      guard !Target.resolve(target, in: declaration).checks.isEmpty else {
        throw Failure(
          "verify", target.address.name, cause: "neither it nor its policy declares a check, so that nothing is proved",
          hint: "declare `checks`, or leave --verify out")
      }
      if let policy = Target.policy(of: target, in: declaration) {
        let spec = policy.spec.setting("global", "verify_after_sync").setting("global", "fail_on_pii_leak")
        declaration = declaration.having(policy.meaning(spec))
      }
    }
    return (declaration, target)
  }

  private func declared(in declaration: Declaration, _ wishes: Wishes) throws(Failure) -> Declared? {
    let all = declaration.objects.filter { object in
      object.address.kind == "target" && object.spec["source", "environment"]?.string == source.address.name
        && object.spec["destination", "environment"]?.string == destination.address.name
    }
    let names = all.map(\.address.name)
    if let name = wishes.target {
      guard let found = all.first(where: { $0.address.name == name }) else {
        let there = names.isEmpty ? "no target goes this way" : "targets of this way: \(names.joined(separator: ", "))"
        throw Failure(
          "sync", self.name, cause: "target.\(name) does not lead from \(source.address) to \(destination.address)",
          hint: there)
      }
      return found
    }
    guard all.count < 2 else {
      throw Failure(
        "sync", name, cause: "several targets go this way: \(names.joined(separator: ", "))",
        hint: "name one with --target")
    }
    if let only = all.first, wishes.policy != nil {
      throw Failure(
        "sync", name, cause: "\(only.address) is declared for this way, and says itself how it is masked",
        hint: "leave --policy out")
    }
    return all.first
  }

  /// A target that stands in no file: masked by the sanitization that applies, into the destination that was named.
  private func made(in declaration: Declaration, _ wishes: Wishes) throws(Failure) -> Declared {
    let address = Address("target", name)
    guard declaration[address] == nil else {
      throw Failure("sync", name, cause: "\(address) is declared, and leads from or to somewhere else")
    }
    let spec: Fields = [
      "source": ["environment": .string(source.address.name)],
      "destination": ["environment": .string(destination.address.name)],
      "sanitize": ["policy": .string(try policy(in: declaration, wishes))],
    ]
    return destination.making(address, .object(spec), of: Target.schema)
  }

  private func policy(in declaration: Declaration, _ wishes: Wishes) throws(Failure) -> String {
    let names = declaration.names(of: "sanitization")
    let listed = "declared: \(names.joined(separator: ", "))"
    if let name = wishes.policy {
      guard names.contains(name) else {
        throw Failure("sync", self.name, cause: "the sanitization \(name) is not declared", hint: listed)
      }
      return name
    }
    guard let first = names.first else {
      throw Failure(
        "sync", name, cause: "no sanitization is declared, and only masked copies are given out",
        hint: "declare one in `sanitizations`")
    }
    guard names.count == 1 else {
      throw Failure(
        "sync", name, cause: "several sanitizations are declared, and no target says which one applies on this way",
        hint: "name one with --policy (\(listed))")
    }
    return first
  }
}

extension Value {
  /// The same with a key of a block set to true.
  fileprivate func setting(_ block: String, _ key: String) -> Value {
    var fields = object ?? Fields()
    var inner = fields[block]?.object ?? Fields()
    inner[key] = true
    fields[block] = .object(inner)
    return .object(fields)
  }
}
