import Documents
public import Reconciliation
import Runtime

extension Target {
  /// What a snapshot of the target is loaded into: its own destination, or the database of a URL.
  public static func loadOrder(
    of object: Declared, in declaration: Declaration, through ports: Ports, to url: String?, disconnects: Bool = false
  ) throws(Failure) -> LoadOrder {
    let options = object.spec["refresh"] ?? .object(Fields())
    let own = destination(of: object, in: declaration, ports)
    let chosen: DatabaseEndpoint
    var isOwn = true
    if let url {
      chosen = try endpoint(of: url, named: "--to", options["maintenance_db"]?.string ?? "postgres", ports)
      let replaced = chosen.parameters["dbname"] ?? chosen.parameters["user"] ?? ""
      guard !["template0", "template1", chosen.maintenanceDatabase].contains(replaced) else {
        throw Failure(
          "use", "--to", cause: "the database \(replaced) is the server's own, and cannot be replaced")
      }
      let named = destination(of: object, in: declaration, ports.guessing).flatMap { try? $0.endpoint.get() }
      isOwn = named.map(chosen.isNamed(like:)) ?? false
    } else {
      guard let own else {
        throw Failure("load", object.address.name, cause: "it declares no destination", hint: "name one with --to URL")
      }
      do { chosen = try own.endpoint.get() } catch {
        throw Failure("load", object.address.name, cause: error.reason)
      }
    }
    return LoadOrder(
      workspace: declaration.settings.workspace, target: object.address.name, destination: chosen,
      isOwnDestination: isOwn, guarded: guarded(object, declaration, ports),
      workers: resolve(object, in: declaration).workers, options: isOwn ? options : .object(Fields()),
      disconnects: disconnects || isOwn && options["disconnect"]?.bool ?? false)
  }

  /// An argument list is open to everybody on the machine, so no password may stand in it.
  static func endpoint(
    of text: String, named place: String, _ maintenance: String, _ ports: Ports
  ) throws(Failure) -> DatabaseEndpoint {
    func failure(_ cause: String) -> Failure { Failure("use", place, cause: cause) }
    if !text.hasPrefix("${") {
      let url: ConnectionURL
      do { url = try ConnectionURL(text) } catch { throw failure(error.reason) }
      if url.holdsLiteralPassword {
        throw failure("a password in an argument list is seen by everybody; write ${NAME}")
      }
    }
    let resolved: ResolvedURL
    do {
      resolved = try ConnectionURL.resolve(
        text, literal: nil, place: place, variable: ports.variable, file: { $0 })
    } catch { throw failure(error.reason) }
    guard let name = resolved.parameters["dbname"] ?? resolved.parameters["user"], !name.isEmpty else {
      throw failure("the URL names no database")
    }
    if let problem = PostgreSQLName.problem(with: name) { throw failure("no database can be called so: \(problem)") }
    return DatabaseEndpoint(
      parameters: resolved.parameters, password: resolved.password, maintenanceDatabase: maintenance)
  }
}

extension Target {
  /// The sources of all targets, and every environment that is read-only.
  private static func guarded(_ object: Declared, _ declaration: Declaration, _ ports: Ports) -> [GuardedDatabase] {
    var found: [GuardedDatabase] = []
    for target in declaration.objects where target.address.kind == "target" {
      let isOwn = target.address == object.address
      guard let end = source(of: target, in: declaration, ports) else { continue }
      let known = try? end.endpoint.get()
      let guess = known ?? source(of: target, in: declaration, ports.guessing).flatMap { try? $0.endpoint.get() }
      guard let endpoint = guess else { continue }
      found.append(
        GuardedDatabase(
          title: "the source of \(target.address)", endpoint: endpoint, isOwnSource: isOwn,
          isAsked: isOwn && known != nil))
    }
    for environment in declaration.objects where environment.address.kind == "environment" {
      guard environment.spec["readonly"]?.bool == true else { continue }
      let known = try? self.endpoint(of: environment, in: declaration, ports).get()
      guard let endpoint = known ?? (try? self.endpoint(of: environment, in: declaration, ports.guessing).get()) else {
        continue
      }
      found.append(
        GuardedDatabase(
          title: "\(environment.address), which is read-only", endpoint: endpoint, isOwnSource: false,
          isAsked: known != nil))
    }
    return found
  }
}

extension Ports {
  /// For names of servers alone: whoever loads a copy has no password of production, and needs none.
  fileprivate var guessing: Ports {
    let variable = variable
    return Ports(
      databases: databases, copies: copies, at: at, variable: { variable($0) ?? "" }, secretFile: { _ in Secret("") })
  }
}
