public import Documents

extension PlanFile {
  /// What the copies of a plan are made by: the declarations of their targets and of all that these refer to, and where
  /// the masking key comes from. Secrets are in it as they are declared, by reference, and never by value.
  public struct Copying: Sendable, Hashable {
    public struct Object: Sendable, Hashable {
      public let address: Address
      /// The normal form.
      public let spec: Value

      public init(_ address: Address, _ spec: Value) {
        self.address = address
        self.spec = spec
      }
    }

    /// Sorted by address.
    public let objects: [Object]
    /// `decant.masking`.
    public let masking: Value?

    public init(objects: [Object], masking: Value?) {
      self.objects = objects.sorted { $0.address < $1.address }
      self.masking = masking
    }

    /// Nothing where the plan makes no copies.
    ///
    /// - Throws: where a secret that would be needed stands in the declaration itself: it must not stand in the plan.
    public init?(of plan: Plan, in declaration: Declaration) throws(Failure) {
      guard !plan.refreshes.isEmpty else { return nil }
      let targets = Selection(only: plan.refreshes.map(\.address.description))
      let addresses = declaration.closure(of: targets)
      var objects: [Object] = []
      for object in declaration.objects where addresses.contains(object.address) {
        if let path = object.literals.keys.sorted().first {
          throw Copying.inClear("\(object.address): \(path)")
        }
        objects.append(Object(object.address, object.spec))
      }
      let settings = declaration.settings
      if settings.literals["decant.masking.key"] != nil { throw Copying.inClear("decant.masking.key") }
      self.init(objects: objects, masking: settings.spec["masking"])
    }

    private static func inClear(_ place: String) -> Failure {
      Failure(
        "save", "the plan", cause: "it makes copies, and what they need holds a secret in clear (\(place))",
        hint: "put it into a variable, ${NAME}, or a file")
    }
  }

  /// The declaration as far as the plan's copies need it.
  public func declaration() -> Declaration {
    let place = Place(source: Source(name: "the plan file", bytes: []), line: 1, column: 1)
    var spec = Fields()
    spec["masking"] = copying?.masking
    return Declaration(
      settings: Settings(workspace: plan.workspace, controlPlane: controlPlane.url, spec: spec),
      objects: (copying?.objects ?? []).map { object in
        Declared(
          address: object.address, spec: object.spec, place: place, references: [], literals: [:],
          node: Node(.mapping([]), at: place))
      })
  }
}

extension PlanFile.Copying {
  var saved: Value {
    var fields: Fields = [
      "objects": .list(objects.map { ["object": .string($0.address.description), "spec": $0.spec] })
    ]
    fields["masking"] = masking
    return .object(fields)
  }
}

extension PlanReader {
  func copying() throws(Unreadable) -> PlanFile.Copying? {
    guard let member = optional("copying") else { return nil }
    return PlanFile.Copying(
      objects: try member.member("objects").each { item throws(Unreadable) in
        let spec = try item.member("spec")
        guard spec.value.object != nil else { throw spec.unreadable }
        return PlanFile.Copying.Object(try item.member("object").address(), spec.value)
      }, masking: member.optional("masking")?.value)
  }
}
