import Documents
public import Reconciliation
public import Runtime

extension StorageProfile {
  /// Puts the values of variables and secrets in, at the last moment. Paths are relative to the declaration's folder.
  public static func place(
    of profile: Declared, in declaration: Declaration, variable: @escaping (String) -> String?,
    secretFile: (String) throws(Failure) -> Secret
  ) throws(Failure) -> StoragePlace {
    let reader = PlaceReader(profile: profile, root: declaration.settings.root, variable: variable)
    return StoragePlace(
      name: profile.address.name, provider: try reader.text("provider") ?? "",
      path: try reader.text("path").map(reader.expanded), bucket: try reader.text("bucket"),
      prefix: try reader.text("prefix") ?? "", region: try reader.text("region") ?? "us-east-1",
      endpoint: try reader.text("endpoint"), accountID: try reader.text("account_id"),
      credentials: try reader.credentials(secretFile))
  }
}

private struct PlaceReader {
  let profile: Declared
  let root: String
  let variable: (String) -> String?

  func text(_ key: String) throws(Failure) -> String? {
    guard let text = profile.spec[key]?.string else { return nil }
    return try resolved(text, key)
  }

  func credentials(_ secretFile: (String) throws(Failure) -> Secret) throws(Failure) -> StoragePlace.Credentials {
    if let name = try text("awscli_profile") { return .profile(name) }
    guard let access = try secret("access_key", secretFile), let key = try secret("secret_key", secretFile) else {
      return .ambient
    }
    return .keys(access: access, secret: key)
  }

  /// As with passwords of environments: a file, a literal kept apart from the spec, or a text with variables.
  private func secret(_ key: String, _ secretFile: (String) throws(Failure) -> Secret) throws(Failure) -> Secret? {
    guard let value = profile.spec[key] else { return nil }
    if let file = value["file"]?.string { return try secretFile(expanded(file)) }
    if let literal = profile.literals[key] {
      return try literal.withValue { text throws(Failure) in Secret(try resolved(text, key)) }
    }
    return try value.string.map { text throws(Failure) in Secret(try resolved(text, key)) }
  }

  private func resolved(_ text: String, _ key: String) throws(Failure) -> String {
    let template: Template
    do { template = try Template(text) } catch { throw failure(error.reason) }
    do { return try template.resolved(by: variable) } catch {
      throw failure("the variable \(error.name) is not set (\(profile.place(of: key)))")
    }
  }

  func expanded(_ path: String) -> String {
    if path.hasPrefix("~/"), let home = variable("HOME") { return home + path.dropFirst() }
    return FilePath.joined(root, path)
  }

  private func failure(_ cause: String) -> Failure { Failure("open", "\(profile.address)", cause: cause) }
}
