public import Runtime

/// A storage profile with its variables and secrets put in: what a backend opens an `ObjectStore` from.
public struct StoragePlace: Sendable {
  public enum Credentials: Sendable {
    /// Whatever the machine has: the environment, and the AWS CLI's default profile.
    case ambient
    /// A profile of the AWS CLI's files.
    case profile(String)
    case keys(access: Secret, secret: Secret)
  }

  /// The profile's name.
  public let name: String
  /// `local`, `s3`, `r2`, `minio`, `dospaces`.
  public let provider: String
  /// The folder, for `local`: absolute, or relative to where the program runs.
  public let path: String?
  public let bucket: String?
  public let prefix: String
  public let region: String
  public let endpoint: String?
  public let accountID: String?
  public let credentials: Credentials

  public init(
    name: String, provider: String, path: String? = nil, bucket: String? = nil, prefix: String = "",
    region: String = "us-east-1", endpoint: String? = nil, accountID: String? = nil, credentials: Credentials = .ambient
  ) {
    self.name = name
    self.provider = provider
    self.path = path
    self.bucket = bucket
    self.prefix = prefix
    self.region = region
    self.endpoint = endpoint
    self.accountID = accountID
    self.credentials = credentials
  }
}
