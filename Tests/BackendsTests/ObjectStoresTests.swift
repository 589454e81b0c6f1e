import HTTP
import Reconciliation
import Runtime
import Testing

@testable import Backends

/// From a declared profile to a store, and from AWS's files to credentials.
@Suite struct ObjectStoresTests {
  private static let credentialsFile = """
    # comment
    [default]
    aws_access_key_id = AKDEFAULT
    aws_secret_access_key = s3cr3t=default
    [team]
    aws_access_key_id=AKOLD
    aws_access_key_id=AKTEAM
    aws_secret_access_key=planted-secret
      nested = x
    aws_session_token = planted-token
    """
  private static let configFile = """
    [profile sso]
    sso_session = corp
    [profile team]
    aws_access_key_id = AKCONFIG
    s3 =
      aws_access_key_id = AKNESTED
    [default]
    region = eu-west-1
    """

  private let profiles = AWSProfiles(credentials: Secret(credentialsFile), config: Secret(configFile))

  private func place(_ credentials: StoragePlace.Credentials) -> StoragePlace {
    StoragePlace(name: "team", provider: "s3", bucket: "company-db", region: "eu-west-1", credentials: credentials)
  }

  @Test func profilesAreRead() throws {
    let team = try profiles.credentials(for: place(.profile("team")))
    #expect(team.accessKeyID == "AKTEAM" && team.secretKey.withValue { $0 } == "planted-secret")
    #expect(team.sessionToken?.withValue { $0 } == "planted-token")
    let ambient = try profiles.credentials(for: place(.ambient))
    #expect(ambient.accessKeyID == "AKDEFAULT" && ambient.secretKey.withValue { $0 } == "s3cr3t=default")
    let variables = AWSProfiles(
      credentials: Secret(Self.credentialsFile),
      variable: { ["AWS_ACCESS_KEY_ID": "AKENV", "AWS_SECRET_ACCESS_KEY": "e", "AWS_SESSION_TOKEN": "t"][$0] })
    let own = try variables.credentials(for: place(.ambient))
    #expect(own.accessKeyID == "AKENV" && own.secretKey.withValue { $0 } == "e")
    #expect(own.sessionToken?.withValue { $0 } == "t")
    // Half a pair is none, and another profile may be the usual one.
    let half = AWSProfiles(
      credentials: Secret(Self.credentialsFile),
      variable: { ["AWS_ACCESS_KEY_ID": "AKENV", "AWS_PROFILE": "team"][$0] })
    #expect(try half.credentials(for: place(.ambient)).accessKeyID == "AKTEAM")
    // Who named a profile gets that one, whatever the environment says.
    #expect(try variables.credentials(for: place(.profile("team"))).accessKeyID == "AKTEAM")
    let keys = try profiles.credentials(for: place(.keys(access: Secret("AK"), secret: Secret("s"))))
    #expect(keys.accessKeyID == "AK" && keys.sessionToken == nil)
  }

  @Test(arguments: [("sso", "sso_session"), ("nobody", "there is no AWS profile nobody")])
  func whatIsMissingIsSaid(_ name: String, _ cause: String) {
    let error = storeError { _ = try profiles.credentials(for: place(.profile(name))) }
    #expect(error?.kind == .denied && error?.failure.cause.contains(cause) == true)
    #expect(error?.description.contains("planted") == false)
  }

  @Test func storesAreOpened() throws {
    #expect(try ObjectStores.open(place(.profile("team")), profiles).title == "s3://company-db")
    let local = StoragePlace(name: "laptop", provider: "local", path: "./snapshots")
    #expect(try ObjectStores.open(local, AWSProfiles()).title == "./snapshots")
    for wrong in [StoragePlace(name: "x", provider: "local"), StoragePlace(name: "x", provider: "s3")] {
      #expect(storeError { _ = try ObjectStores.open(wrong, profiles) }?.kind == .failed)
    }
  }
}
