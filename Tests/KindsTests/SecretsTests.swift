import Documents
import Foundation
import Kinds
import Reconciliation
import Runtime
import Testing

struct SecretsTests {
  /// One for each place where a secret can stand, each with letters that every encoding changes.
  private static let secrets = (0..<12).map { "S3cret\($0)\"\\+é pl%" }

  private static func encoded(_ text: String) -> String {
    text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? text
  }

  private static func yaml(_ index: Int) -> String {
    "\"\(secrets[index].replacingOccurrences(of: "\\", with: "\\\\").replacingOccurrences(of: "\"", with: "\\\""))\""
  }

  private static let text = """
    decant:
      control_plane: {url: "sqlite:x.db", token: \(yaml(0))}
      masking: {key: \(yaml(1))}
      signing: {key: \(yaml(2))}
    sso: {provider: okta, url: "https://x.example", token: \(yaml(3))}
    storage_profiles:
      s: {provider: s3, bucket: b, access_key: \(yaml(4)), secret_key: \(yaml(5))}
    environments:
      e: {host: h, database: d, user: u, password: \(yaml(6))}
    targets:
      a:
        snapshot:
          src_url: "postgresql://u:\(encoded(secrets[7]))@h/d"
          dst_url: "postgresql://h/d?password=\(encoded(secrets[8]))&user=u"
        sanitize: {dst_url: "postgresql://u:${P}\(encoded(secrets[9]))@h/d"}
      wrong:
        snapshot: {src_url: "postgresql://u:\(encoded(secrets[10]))/x@h/d", dst_url: "postgresql://u:1/\(encoded(secrets[11]))@h/d"}
    """

  private static func forms(of secret: String) -> [String] {
    let json =
      (try? JSONEncoder().encode(secret)).map { String(decoding: $0, as: UTF8.self).dropFirst().dropLast() } ?? ""
    return [secret, encoded(secret), Data(secret.utf8).base64EncodedString(), String(json)] + [String(secret.prefix(8))]
  }

  @Test func nothingOfThemIsInWhatIsKeptOrSaid() throws {
    let (declaration, diagnostics) = try read(Self.text)
    #expect(diagnostics.filter { $0.severity == .error }.count == 2)
    var dumped = ""
    dump(declaration, to: &dumped)
    let at = try #require(Timestamp("2026-11-21T00:00:00Z"))
    let plan = compare(declaration, with: Observation(at: at, records: [], conditions: []), in: .decant)
    var planned = ""
    dump(plan, to: &planned)
    var said = ""
    dump(diagnostics, to: &said)
    let shown = diagnostics.compactMap { $0.place }.compactMap { $0.source.redactedLine(Int($0.line)) }
    let everything =
      declaration.objects.map(\.text) + [
        String(describing: declaration), String(reflecting: declaration), dumped, planned, said,
      ]
      + ["\(plan)", diagnostics.map(\.line).joined(), shown.joined(separator: "\n")]
    for secret in Self.secrets {
      for form in Self.forms(of: secret) {
        for (index, text) in everything.enumerated() {
          let isHeld = text.contains(form)
          #expect(!isHeld, "\(form) in text \(index)")
        }
      }
    }
  }

  @Test func theyAreKeptAsideForTheMomentOfUse() throws {
    let declaration = try read(Self.text).declaration
    func value(_ address: Address, _ path: String) throws -> String {
      let secret = try #require(declaration[address]?.literals[path])
      return secret.withValue { $0 }
    }
    #expect(try value(Address("environment", "e"), "password") == Self.secrets[6])
    #expect(try value(Address("target", "a"), "snapshot.src_url") == Self.secrets[7])
    #expect(try value(Address("target", "a"), "snapshot.dst_url") == Self.secrets[8])
    #expect(try value(Address("target", "a"), "sanitize.dst_url") == "${P}" + Self.secrets[9])
    #expect(
      declaration.settings.literals.keys.sorted() == [
        "decant.control_plane.token", "decant.masking.key", "decant.signing.key", "sso.token",
      ])
    #expect(declaration.objects.flatMap { $0.literals.keys }.count == 6)
  }

  /// Somebody else may write a password into the control plane in any shape; none reaches a plan.
  @Test func nothingOfAForeignSecretIsInANormalForm() throws {
    let schema = try #require(Catalogue.decant.schema(of: "environment"))
    let shapes: [Value] = [
      .integer(12_345_678), "hunter2", ["hunter2"], ["file": "a", "also": "hunter2"], "${hunter2", ["file": 1],
    ]
    for shape in shapes { #expect(schema.normalised(["password": shape]) == ["password": "(literal)"]) }
    #expect(schema.normalised(["password": ["file": "./a"]]) == ["password": ["file": "a"]])
    let target = try #require(Catalogue.decant.schema(of: "target"))
    let wrong: [Value] = ["postgresql://u:hun/ter2@h/d", 5, "hunter2"]
    for url in wrong {
      #expect(target.normalised(["snapshot": ["src_url": url]])["snapshot", "src_url"] == "(literal)")
    }
  }

  /// A literal with a variable in it is put together at the moment of use, from both.
  @Test func aMixedSecretIsWhole() throws {
    let yaml = "environments: {e: {host: h, database: d, user: u, password: 'a${P}b'}}"
    let object = try #require(try read(yaml).declaration.objects.first)
    #expect(object.spec["password"] == "(literal)${P}(literal)")
    #expect(object.literals["password"]?.withValue { $0 } == "a${P}b")
  }
}
