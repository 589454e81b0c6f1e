import HTTP
import Reconciliation
public import Runtime

/// What this machine knows of AWS credentials; the program reads files and environment and hands their texts in.
public struct AWSProfiles: Sendable {
  /// `~/.aws/credentials` and `~/.aws/config`, where they are.
  private let credentials: Secret?
  private let config: Secret?
  /// From `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`.
  private let environment: AWSCredentials?
  /// From `AWS_PROFILE`.
  private let defaultName: String

  /// - Parameter variable: the value of an environment variable; asked here and not kept.
  public init(
    credentials: Secret? = nil, config: Secret? = nil, variable: (String) -> String? = { _ in nil }
  ) {
    self.credentials = credentials
    self.config = config
    environment = AWSCredentials(variable)
    defaultName = variable("AWS_PROFILE") ?? "default"
  }

  /// Throws `.denied` with what is missing: nobody is taken for somebody else.
  func credentials(for place: StoragePlace) throws(ObjectStoreError) -> AWSCredentials {
    switch place.credentials {
    case .keys(let access, let secret): AWSCredentials(accessKeyID: access.withValue { $0 }, secretKey: secret)
    case .profile(let name): try named(name, place)
    case .ambient:
      if let environment { environment } else { try named(defaultName, place) }
    }
  }

  private func named(_ name: String, _ place: StoragePlace) throws(ObjectStoreError) -> AWSCredentials {
    var keys = section(config, name == "default" ? ["default", "profile default"] : ["profile \(name)"])
    keys.merge(section(credentials, [name])) { $1 }
    if let id = keys["aws_access_key_id"], let secret = keys["aws_secret_access_key"] {
      return AWSCredentials(
        accessKeyID: id, secretKey: Secret(secret), sessionToken: keys["aws_session_token"].map { Secret($0) })
    }
    let others = ["sso_session", "sso_start_url", "role_arn", "credential_process", "web_identity_token_file"]
    let cause =
      others.first { keys[$0] != nil }.map {
        "the AWS profile \(name) gets its keys by \($0), which Decant does not speak"
      }
      ?? "there is no AWS profile \(name) with aws_access_key_id and aws_secret_access_key"
    throw ObjectStoreError(
      .denied, "open", "storage_profile.\(place.name)", cause,
      hint: "`aws configure export-credentials --profile \(name) --format env` makes variables of it")
  }

  /// The keys of one section; of a key that comes twice, the last value counts (AWS CLI, "Configuration and credential
  /// file settings").
  private func section(_ text: Secret?, _ names: [String]) -> [String: String] {
    guard let text else { return [:] }
    return text.withValue { text in
      var (found, isInside) = ([String: String](), false)
      for line in text.split(whereSeparator: \.isNewline) {
        // An indented line belongs to the key above it, such as the settings below `s3 =`.
        guard let first = line.first, first != " ", first != "\t", first != "#", first != ";" else { continue }
        if first == "[" {
          let name = line.dropFirst().prefix { $0 != "]" }.split(separator: " ").joined(separator: " ")
          isInside = names.contains(name)
        } else if isInside, let sign = line.firstIndex(of: "=") {
          let key = line[..<sign].split(separator: " ").joined().lowercased()
          found[key] = line[line.index(after: sign)...].split(separator: " ").joined(separator: " ")
        }
      }
      return found
    }
  }
}

extension AWSCredentials {
  /// As the AWS CLI reads them from the environment; nothing where a half is missing.
  fileprivate init?(_ variable: (String) -> String?) {
    guard let id = variable("AWS_ACCESS_KEY_ID"), let key = variable("AWS_SECRET_ACCESS_KEY") else { return nil }
    self.init(accessKeyID: id, secretKey: Secret(key), sessionToken: variable("AWS_SESSION_TOKEN").map { Secret($0) })
  }
}
