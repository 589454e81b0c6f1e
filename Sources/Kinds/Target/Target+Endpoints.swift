import Documents
import Reconciliation
import Runtime

extension Target {
  /// One end of a target as it is declared: a URL of its own, or a declared environment.
  struct End {
    /// `snapshot.src_url`, or `source.environment`: the path that conditions name.
    let path: String
    let endpoint: Result<DatabaseEndpoint, Unresolved>
  }

  /// Why an end cannot be reached for at all: a sentence.
  struct Unresolved: Error {
    let reason: String
  }

  static func source(of object: Declared, in declaration: Declaration, _ ports: Ports) -> End? {
    end(of: object, url: "src_url", block: "source", in: declaration, ports)
  }

  static func destination(of object: Declared, in declaration: Declaration, _ ports: Ports) -> End? {
    end(of: object, url: "dst_url", block: "destination", in: declaration, ports)
  }

  /// The scratch server of `sanitize.dst_url`.
  static func scratchEnd(of object: Declared, in declaration: Declaration, _ ports: Ports) -> End? {
    guard let text = object.spec["sanitize", "dst_url"]?.string else { return nil }
    let maintenance = object.spec["refresh", "maintenance_db"]?.string ?? "postgres"
    let reader = EndpointReader(object: object, path: "sanitize.dst_url", declaration: declaration, ports: ports)
    return End(
      path: "sanitize.dst_url",
      endpoint: Result<DatabaseEndpoint, Unresolved> { () throws(Unresolved) in
        try reader.endpoint(url: text, maintenance)
      })
  }

  /// Files are relative to the folder of the declaration, or to the home folder.
  static func expanded(_ path: String, _ declaration: Declaration, _ ports: Ports) -> String {
    if path.hasPrefix("~/"), let home = ports.variable("HOME") { return home + path.dropFirst() }
    return FilePath.joined(declaration.settings.root, path)
  }

  private static func end(
    of object: Declared, url: String, block: String, in declaration: Declaration, _ ports: Ports
  ) -> End? {
    let maintenance = object.spec["refresh", "maintenance_db"]?.string ?? "postgres"
    if let text = object.spec["snapshot", url]?.string {
      let path = "snapshot.\(url)"
      let reader = EndpointReader(object: object, path: path, declaration: declaration, ports: ports)
      return End(
        path: path,
        endpoint: Result<DatabaseEndpoint, Unresolved> { () throws(Unresolved) in
          try reader.endpoint(url: text, maintenance)
        })
    }
    guard let name = object.spec[block, "environment"]?.string,
      let environment = declaration[Address("environment", name)]
    else { return nil }
    return End(
      path: "\(block).environment", endpoint: endpoint(of: environment, in: declaration, ports, maintenance))
  }

  /// The database of a declared environment.
  static func endpoint(
    of environment: Declared, in declaration: Declaration, _ ports: Ports, _ maintenance: String = "postgres"
  ) -> Result<DatabaseEndpoint, Unresolved> {
    let reader = EndpointReader(object: environment, path: "password", declaration: declaration, ports: ports)
    return Result { () throws(Unresolved) in try reader.endpoint(environment: maintenance) }
  }
}

/// Puts the values of variables and secrets in, at the last moment.
private struct EndpointReader {
  let object: Declared
  let path: String
  let declaration: Declaration
  let ports: Ports

  func endpoint(url text: String, _ maintenance: String) throws(Target.Unresolved) -> DatabaseEndpoint {
    let url: ResolvedURL
    do {
      url = try ConnectionURL.resolve(
        text, literal: object.literals[path], place: object.place(of: path).description, variable: ports.variable,
        file: expanded)
    } catch {
      throw Target.Unresolved(reason: error.reason)
    }
    for keyword in ["user", "dbname"] {
      _ = try url.parameters[keyword].map { value throws(Target.Unresolved) in try name(keyword, value) }
    }
    return DatabaseEndpoint(
      parameters: url.parameters, password: url.password,
      connectTimeout: url.parameters["connect_timeout"].flatMap(Int.init).map { .seconds($0) },
      maintenanceDatabase: maintenance)
  }

  func endpoint(environment maintenance: String) throws(Target.Unresolved) -> DatabaseEndpoint {
    let spec = object.spec
    var parameters = ["port": String(spec["port"]?.integer ?? 5432)]
    for (key, keyword) in [
      ("host", "host"), ("database", "dbname"), ("user", "user"), ("ssl_mode", "sslmode"), ("ssl_cert", "sslcert"),
      ("ssl_key", "sslkey"), ("ssl_root_cert", "sslrootcert"),
    ] {
      guard let text = spec[key]?.string else { continue }
      parameters[keyword] = try name(keyword, file(keyword, resolve(template(text))))
    }
    return DatabaseEndpoint(
      parameters: parameters, password: try environmentPassword(),
      connectTimeout: spec["connect_timeout"]?.integer.map { .seconds($0) },
      statementTimeout: spec["statement_timeout"]?.integer.map { .seconds($0) },
      pool: spec["pool_size"]?.integer.map { size in
        .init(name: object.address.description, size: size + (spec["max_overflow"]?.integer ?? 0))
      }, maintenanceDatabase: maintenance)
  }

  private func environmentPassword() throws(Target.Unresolved) -> Secret? {
    guard let value = object.spec["password"] else { return nil }
    if let file = value["file"]?.string {
      do { return try ports.secretFile(expanded(file)) } catch { throw Target.Unresolved(reason: error.description) }
    }
    if let literal = object.literals["password"] { return try secret(literal) }
    guard let text = value.string else { return nil }
    return try secret(template(text))
  }

  private func template(_ text: String) throws(Target.Unresolved) -> Template {
    do { return try Template(text) } catch { throw Target.Unresolved(reason: error.reason) }
  }

  /// A literal is kept with its variables unresolved, so that it is resolved here like any other.
  private func secret(_ literal: Secret) throws(Target.Unresolved) -> Secret {
    let parsed = try literal.withValue { text throws(Target.Unresolved) -> Template in try template(text) }
    return try secret(parsed)
  }

  private func secret(_ template: Template) throws(Target.Unresolved) -> Secret { Secret(try resolve(template)) }

  private func resolve(_ template: Template) throws(Target.Unresolved) -> String {
    do { return try template.resolved(by: ports.variable) } catch {
      throw Target.Unresolved(reason: "the variable \(error.name) is not set (\(object.place(of: path)))")
    }
  }

  /// Servers up to version 15 cut the name of a database that is too long, and connect to another one.
  private func name(_ keyword: String, _ value: String) throws(Target.Unresolved) -> String {
    guard ["user", "dbname"].contains(keyword), let problem = PostgreSQLName.problem(with: value) else { return value }
    let noun = keyword == "user" ? "user" : "database"
    throw Target.Unresolved(reason: "no \(noun) of PostgreSQL can be called `\(value)`: \(problem)")
  }

  /// Files are relative to the folder of the declaration.
  private func file(_ keyword: String, _ value: String) throws(Target.Unresolved) -> String {
    let isFile = ConnectionURL.fileKeywords.contains(keyword) && value != "system"
    return isFile ? expanded(value) : value
  }

  private func expanded(_ path: String) -> String { Target.expanded(path, declaration, ports) }
}
