import Documents
public import Reconciliation
import Runtime

extension Target {
  /// Reads all of a database of the target and runs what is declared about it; nothing where the target masks nothing, or
  /// where no databases are read.
  public static func verify(
    _ object: Declared, in declaration: Declaration, through ports: Ports, _ subject: VerificationOrder.Subject,
    progress: @escaping @Sendable (CopyProgress) -> Void = { _ in }
  ) -> Verification? {
    switch verificationOrder(of: object, in: declaration, ports, subject) {
    case nil: return nil
    case .failure(let unresolved)?: return failed(object.address, unresolved.reason)
    case .success(let order)?:
      return verify(object.address, order, through: ports, progress) { database in
        verify(object, in: declaration, on: database, through: ports, isProving: !subject.isBroken)
      }
    }
  }

  static func verify(
    _ address: Address, _ order: VerificationOrder, through ports: Ports,
    _ progress: @escaping @Sendable (CopyProgress) -> Void,
    check: @escaping @Sendable (DatabaseEndpoint) -> Verification?
  ) -> Verification? {
    switch ports.copies.verify(order, check: check, progress: progress) {
    case nil: return nil
    case .failure(let failure)?: return failed(address, failure.sentence)
    case .success(let copy)?:
      var verification = copy.declared ?? Verification(address: address, subject: "", checks: [])
      verification.subject = order.title
      verification.found = copy.found
      return verification
    }
  }

  private static func failed(_ address: Address, _ reason: String) -> Verification {
    Verification(address: address, subject: "", checks: [], failure: reason)
  }

  /// As for a refresh; but a source that cannot be reached for is no obstacle, because a sealed filter may do without it.
  static func verificationOrder(
    of object: Declared, in declaration: Declaration, _ ports: Ports, _ subject: VerificationOrder.Subject
  ) -> Result<VerificationOrder, Unresolved>? {
    let resolved = resolve(object, in: declaration)
    guard let source = source(of: object, in: declaration, ports),
      let destination = destination(of: object, in: declaration, ports), resolved.masks
    else { return nil }
    let stand = Target.source(of: object, in: declaration, ports.withoutVariables)?.endpoint
    return Result { () throws(Unresolved) in
      let (end, problem) = try reachable(source.endpoint, else: stand)
      let key: Secret?
      // Without the key nothing is opened, and everything else can still be checked.
      do { key = try secret("masking", declaration, ports) } catch { key = nil }
      var copy = CopyOrder(
        workspace: declaration.settings.workspace, target: object.address.name, source: end,
        destination: try destination.endpoint.get(), scratch: try scratch(of: object, in: declaration, ports),
        schemas: schemas(of: object), policy: resolved.policy?.spec, policyName: resolved.policy?.address.name,
        statements: resolved.statements, workers: resolved.workers,
        options: object.spec["refresh"] ?? .object(Fields()), waived: accepted(of: object, ports), masterKey: key,
        policyDigest: resolved.digest(schemas: schemas(of: object)))
      copy.detection = declaration.settings.spec["detection"]
      return VerificationOrder(copy, subject, sourceProblem: problem)
    }
  }

  private static func reachable(
    _ source: Result<DatabaseEndpoint, Unresolved>, else stand: Result<DatabaseEndpoint, Unresolved>?
  ) throws(Unresolved) -> (DatabaseEndpoint, String?) {
    switch (source, stand) {
    case (.success(let endpoint), _): return (endpoint, nil)
    case (.failure(let unresolved), .success(let endpoint)?): return (endpoint, unresolved.reason)
    case (.failure(let unresolved), _): throw unresolved
    }
  }
}

extension VerificationOrder.Subject {
  /// It is broken on purpose.
  fileprivate var isBroken: Bool { if case .mutants = self { true } else { false } }
}

extension VerificationOrder {
  fileprivate var title: String {
    switch subject {
    case .destination, .foreign: copy.destination.title
    case .snapshot(let reference): "snapshot \(reference), restored beside \(copy.destination.title)"
    case .sample(let rows): "a sample of \(rows) rows a table, masked beside \(copy.destination.title)"
    case .mutants(let rows):
      "a sample of \(rows) rows a table beside \(copy.destination.title), one rule broken at a time"
    }
  }
}

extension Ports {
  /// For names of servers alone, where a password is not known.
  fileprivate var withoutVariables: Ports {
    let variable = variable
    return Ports(
      databases: databases, copies: copies, at: at, variable: { variable($0) ?? "" }, secretFile: { _ in Secret("") })
  }
}
