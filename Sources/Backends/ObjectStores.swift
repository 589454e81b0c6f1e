public import Reconciliation

/// Opens the store of a storage profile.
public enum ObjectStores {
  /// Nothing is connected to yet. Throws `.failed` or `.denied` where there is no way to it.
  public static func open(
    _ place: StoragePlace, _ profiles: AWSProfiles, _ settings: S3Store.Settings = S3Store.Settings()
  )
    throws(ObjectStoreError) -> any ObjectStore
  {
    guard place.provider != "local" else {
      guard let path = place.path else { throw incomplete(place, "it has no path") }
      return LocalFiles(root: path, interrupt: settings.interrupt)
    }
    guard let bucket = place.bucket else { throw incomplete(place, "it has no bucket") }
    let s3 = try S3Place(
      provider: place.provider, bucket: bucket, prefix: place.prefix, region: place.region, endpoint: place.endpoint,
      accountID: place.accountID)
    return S3Store(s3, try profiles.credentials(for: place), settings)
  }

  private static func incomplete(_ place: StoragePlace, _ cause: String) -> ObjectStoreError {
    ObjectStoreError(.failed, "open", "storage_profile.\(place.name)", cause)
  }
}
