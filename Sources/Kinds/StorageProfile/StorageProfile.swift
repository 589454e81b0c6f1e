import Documents
public import Reconciliation

/// A place where snapshots are kept: a bucket, or a folder.
public enum StorageProfile: Kind {
  public static let schema = Schema(
    "storage_profile", in: "storage_profiles", "A place where snapshots are kept: a bucket, or a folder.",
    [
      .choice(
        "provider", ["s3", "r2", "minio", "dospaces", "local"], .required, .replaces,
        summary: "The protocol spoken: AWS S3, Cloudflare R2, MinIO, DigitalOcean Spaces, or a local folder."),
      .text(
        "bucket", .requiredUnless("provider", is: "local"), .replaces, .copying, summary: "The bucket's name."),
      .text("prefix", .copying, summary: "What every object's key begins with."),
      .text(
        "region", .fallback("us-east-1"), .normalised(by: region), .copying,
        summary: "The bucket's region. `default` and the empty text are us-east-1."),
      .text("endpoint", .copying, summary: "The server's URL, for MinIO and other servers of one's own."),
      .text("account_id", .copying, summary: "The account of Cloudflare R2."),
      .text("awscli_profile", .copying, summary: "The profile of the AWS CLI's files that holds the credentials."),
      .secret("access_key", .copying, summary: "The access key, where there is no `awscli_profile`."),
      .secret("secret_key", .copying, summary: "Where the secret key comes from; never its value."),
      .path("path", .replaces, .copying, summary: "The folder, for `provider: local`."),
    ])

  /// S3 says null for us-east-1, radosgw says "default", and people write nothing.
  private static let region: @Sendable (String) -> String = { name in
    let name = name.lowercased()
    return name.isEmpty || name == "default" ? "us-east-1" : name
  }
}
