import Documents
public import Reconciliation
import Runtime

extension Target {
  /// Holds a database that somebody else has made against the originals of a target's source, or of the database of a URL.
  ///
  /// - Parameters:
  ///   - url: `postgresql://user:${PASSWORD}@host/database`.
  ///   - against: a target's name, or another such URL.
  public static func verify(
    foreign url: String, against: String, in declaration: Declaration, through ports: Ports
  ) throws(Failure) -> Verification? {
    let copy = try endpoint(of: url, named: "the database to verify", "postgres", ports)
    let address = Address(against).flatMap { declaration[$0] == nil ? nil : $0 } ?? Address("target", against)
    guard let object = declaration[address], address.kind == "target" else {
      guard against.contains("://") || against.hasPrefix("${") else {
        throw Failure(
          "verify", url.withoutQuery, cause: "no target is called `\(against)`, and it is no URL",
          hint: "declared targets: \(declaration.names(of: "target").joined(separator: ", "))")
      }
      return try verify(
        copy, against: try endpoint(of: against, named: "--against", "postgres", ports), declaration, ports)
    }
    guard let order = verificationOrder(of: object, in: declaration, ports, .foreign) else {
      throw Failure("verify", address.description, cause: "it declares no source, no destination or nothing that masks")
    }
    switch order {
    case .failure(let unresolved): throw Failure("verify", address.description, cause: unresolved.reason)
    case .success(var order):
      if let problem = order.sourceProblem { throw Failure("read the source of", address.description, cause: problem) }
      order.copy.destination = copy
      return verify(object.address, order, through: ports, { _ in }) { database in
        verify(object, in: declaration, on: database, through: ports)
      }
    }
  }

  /// Without a policy: which columns of the source are personal, their looks say.
  private static func verify(
    _ copy: DatabaseEndpoint, against source: DatabaseEndpoint, _ declaration: Declaration, _ ports: Ports
  ) throws(Failure) -> Verification? {
    let key: Secret?
    do { key = try secret("masking", declaration, ports) } catch { key = nil }
    let name = copy.parameters["dbname"] ?? copy.parameters["user"] ?? ""
    var order = CopyOrder(
      workspace: declaration.settings.workspace, target: name, source: source, destination: copy, workers: 2,
      masterKey: key, policyDigest: "")
    order.detection = declaration.settings.spec["detection"]
    return verify(Address("database", name), VerificationOrder(order, .foreign), through: ports, { _ in }) { _ in nil }
  }
}

extension String {
  /// For errors.
  fileprivate var withoutQuery: String { String(prefix { $0 != "?" }) }
}
