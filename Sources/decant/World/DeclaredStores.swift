import Backends
import Kinds
import Reconciliation
import Runtime

/// Opens the places of declared storage profiles, with credentials of the declaration, of the AWS CLI's files, or of
/// the environment.
struct DeclaredStores: Sendable {
  private let declaration: Declaration

  init(_ declaration: Declaration) { self.declaration = declaration }

  @Sendable func open(
    _ storage: CopyOrder.Storage, _ interrupt: Interrupt?
  ) throws(Failure) -> any ObjectStore {
    guard let profile = declaration[Address("storage_profile", storage.profile)] else {
      throw Failure(
        "open", "storage_profile.\(storage.profile)", cause: "it is not declared any more",
        hint: "declare it again for as long as snapshots lie there")
    }
    let place = try StorageProfile.place(
      of: profile, in: declaration, variable: Environment.variable,
      secretFile: { path throws(Failure) in try DiskFiles.secret(in: path) })
    var settings = S3Store.Settings(interrupt: interrupt)
    settings.certificateFile = Environment.variable("AWS_CA_BUNDLE")
    do { return try ObjectStores.open(place, try Self.profiles(place), settings) } catch {
      throw (error as? ObjectStoreError)?.failure ?? error as? Failure
        ?? Failure("open", "storage_profile.\(storage.profile)", cause: "\(error)")
    }
  }

  /// Nothing is read where nothing of it is wanted.
  private static func profiles(_ place: StoragePlace) throws(Failure) -> AWSProfiles {
    guard place.provider != "local" else { return AWSProfiles() }
    if case .keys = place.credentials { return AWSProfiles() }
    return AWSProfiles(
      credentials: try file("AWS_SHARED_CREDENTIALS_FILE", "credentials"),
      config: try file("AWS_CONFIG_FILE", "config"), variable: Environment.variable)
  }

  /// Where the AWS CLI keeps it, or where the environment says; nothing where there is none.
  private static func file(_ variable: String, _ name: String) throws(Failure) -> Secret? {
    let path = Environment.variable(variable) ?? Environment.variable("HOME").map { "\($0)/.aws/\(name)" }
    guard let path, DiskFiles.exists(path) else { return nil }
    return try DiskFiles.secret(in: path)
  }
}
