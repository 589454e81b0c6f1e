import Documents
public import Reconciliation
public import Runtime

extension Target {
  /// What a refresh of the target is made by.
  public static func copyOrder(
    of object: Declared, in declaration: Declaration, through ports: Ports, for verb: String
  ) throws(Failure) -> CopyOrder {
    switch order(of: object, in: declaration, ports) {
    case .success(let order)?: return order
    case .failure(let unresolved)?: throw Failure(verb, object.address.name, cause: unresolved.reason)
    case nil:
      throw Failure(
        verb, object.address.name,
        cause: "it declares no source, no destination or nothing that masks: there is no copy to make")
    }
  }

  /// What a raw snapshot is made by: the source as it is, and the place that is declared for such.
  public static func rawOrder(
    of object: Declared, in declaration: Declaration, through ports: Ports
  ) throws(Failure) -> CopyOrder {
    let name = object.address.name
    guard let profile = object.spec["storage_profile"]?.string,
      let declared = declaration[Address("storage_profile", profile)]
    else {
      throw Failure(
        "build", "a raw snapshot of \(name)", cause: "the target declares no place for raw snapshots",
        hint: "declare storage_profile in it; sanitized ones are kept by sanitize.storage_profile")
    }
    guard let end = source(of: object, in: declaration, ports) else {
      throw Failure("build", "a raw snapshot of \(name)", cause: "it declares no source")
    }
    let source: DatabaseEndpoint
    do { source = try end.endpoint.get() } catch { throw Failure("build", name, cause: error.reason) }
    return CopyOrder(
      workspace: declaration.settings.workspace, target: name, source: source, destination: source,
      schemas: schemas(of: object), workers: resolve(object, in: declaration).workers,
      options: object.spec["refresh"] ?? .object(Fields()),
      storage: CopyOrder.Storage(profile: profile, spec: declared.spec), policyDigest: "")
  }

  /// The secret that raw archives are sealed with.
  public static func sealingSecret(in declaration: Declaration, through ports: Ports) throws(Failure) -> Secret {
    let secret: Secret?
    do { secret = try self.secret("sealing", declaration, ports) } catch {
      throw Failure("seal", "raw snapshots", cause: error.reason)
    }
    guard let secret else {
      throw Failure(
        "seal", "raw snapshots", cause: "no key is declared, and a raw snapshot is never kept in clear",
        hint: "write decant: {sealing: {key: \"${DECANT_SEALING_KEY}\"}}; `openssl rand -hex 32` makes one")
    }
    return secret
  }

  /// Where the scratch database of `sanitize` may be: the rows in it are as the source has them.
  public static func scratchServer(
    of object: Declared, in declaration: Declaration, through ports: Ports
  ) throws(Failure) -> DatabaseEndpoint {
    let order = try copyOrder(of: object, in: declaration, through: ports, for: "sanitize")
    if let scratch = order.scratch { return scratch }
    guard order.waived.contains("clear_rows_on_destination") else {
      throw Failure(
        "sanitize", object.address.name,
        cause: "the raw rows would lie in a scratch database on the destination's server",
        hint: "declare sanitize.dst_url, a server on the safe side, or waive clear_rows_on_destination")
    }
    return order.destination
  }

  /// What is declared about the result, run on a finished copy.
  public static func check(
    of object: Declared, in declaration: Declaration, through ports: Ports
  ) -> @Sendable (DatabaseEndpoint) -> Verification? {
    { verify(object, in: declaration, on: $0, through: ports) }
  }
}
