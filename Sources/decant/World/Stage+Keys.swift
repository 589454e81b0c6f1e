import Documents
import Reconciliation
import Runtime

/// Keys that sign plans, and keys that are trusted.
extension Stage {
  /// The key that `decant.signing.key` names.
  func signingKey(_ settings: Settings) throws(Failure) -> SigningKey {
    guard let value = settings.spec["signing"]?["key"] else {
      throw Failure(
        "sign", "the plan", cause: "no signing key is declared",
        hint: "write decant: {signing: {key: {file: \"~/.config/decant/sign.pem\"}}}")
    }
    let (subject, secret) = try signingSecret(value, settings)
    do {
      return try secret.withValue { text throws(KeyError) in try SigningKey(pem: Array(text.utf8)) }
    } catch {
      throw Failure(
        "sign with", subject, cause: error.description, hint: "openssl genpkey -algorithm ed25519 makes one")
    }
  }

  private func signingSecret(_ value: Value, _ settings: Settings) throws(Failure) -> (subject: String, Secret) {
    let key = "decant.signing.key"
    if let file = value["file"]?.string {
      let path = expanded(file)
      return (path, try DiskFiles.secret(in: path))
    }
    do {
      let text = settings.literals[key]
      let template = try text?.withValue { text throws in try Template(text) } ?? Template(value.string ?? "")
      return (key, Secret(try template.resolved(by: Environment.variable)))
    } catch let error as UnsetVariable {
      throw Failure("read", key, cause: "the variable \(error.name) is not set")
    } catch {
      throw Failure("read", key, cause: "its template cannot be read")
    }
  }

  /// The keys whose signatures count: those named on the command line, else those of DECANT_TRUSTED_KEYS, else those of
  /// the user's own folder. Never those of the declaration, which whoever may change the plan may change too.
  func trustedKeys(_ named: [String]) throws(Failure) -> [VerifyingKey] {
    let folder = "~/.config/decant/trusted-keys"
    var paths = named
    if paths.isEmpty, let listed = Environment.variable("DECANT_TRUSTED_KEYS") {
      paths = listed.split(separator: ":").map(String.init)
    }
    if paths.isEmpty, DiskFiles.exists(expanded(folder)) {
      let names = try DiskFiles(root: expanded(folder)).names().sorted()
      paths = names.filter { $0.hasSuffix(".pem") }.map { "\(folder)/\($0)" }
    }
    if paths.isEmpty {
      throw Failure(
        "check", "the signature", cause: "no key is trusted",
        hint: "name one with --trusted-key or DECANT_TRUSTED_KEYS, or put it into \(folder) as NAME.pem")
    }
    var keys: [VerifyingKey] = []
    for path in paths { keys.append(try trustedKey(expanded(path))) }
    return keys
  }

  private func trustedKey(_ path: String) throws(Failure) -> VerifyingKey {
    let bytes = try DiskFiles.contents(of: path)
    do { return try VerifyingKey(pem: bytes) } catch {
      throw Failure(
        "trust", path, cause: error.description, hint: "openssl pkey -pubout writes the public key of a private one")
    }
  }

  private func expanded(_ path: String) -> String {
    guard path.hasPrefix("~/"), let home = Environment.variable("HOME") else { return path }
    return home + path.dropFirst()
  }
}
