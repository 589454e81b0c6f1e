import Documents
public import Reconciliation

extension Target {
  /// Which columns of a target's source look personal, and what becomes of them; nothing where it declares no source.
  ///
  /// It needs neither a destination nor anything that masks: whoever has just declared a source wants to know first.
  public static func personalData(
    of object: Declared, in declaration: Declaration, through ports: Ports
  ) -> PersonalDataAudit? {
    let policy = resolve(object, in: declaration).policy?.address.name
    let study: Result<CopyStudy, DatabaseFailure>
    switch order(of: object, in: declaration, ports) ?? readingOrder(of: object, in: declaration, ports) {
    case nil: return nil
    case .failure(let unresolved)?: return PersonalDataAudit(object.address, policy: policy, error: unresolved.reason)
    case .success(let order)?: study = ports.copies.study(order)
    }
    switch study {
    case .failure(let failure):
      return PersonalDataAudit(object.address, policy: policy, error: "\(failure.subject): \(failure.message)")
    case .success(let study):
      return PersonalDataAudit(
        object.address, policy: policy, columns: study.personal,
        newColumns: study.notes.filter { $0.code == "new_column" }.map(\.message),
        unread: study.notes.filter { $0.code == "uncovered_column" && $0.isUnknown }.map(\.message))
    }
  }

  /// Only for reading the source: what lacks stands for itself.
  private static func readingOrder(
    of object: Declared, in declaration: Declaration, _ ports: Ports
  ) -> Result<CopyOrder, Unresolved>? {
    guard let source = source(of: object, in: declaration, ports) else { return nil }
    let resolved = resolve(object, in: declaration)
    return Result { () throws(Unresolved) in
      let endpoint = try source.endpoint.get()
      var order = CopyOrder(
        workspace: declaration.settings.workspace, target: object.address.name, source: endpoint, destination: endpoint,
        schemas: schemas(of: object), policy: resolved.policy?.spec, policyName: resolved.policy?.address.name,
        statements: resolved.statements, policyDigest: "")
      order.detection = declaration.settings.spec["detection"]
      return order
    }
  }
}
