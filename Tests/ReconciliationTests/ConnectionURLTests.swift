import Reconciliation
import Seeded
import Testing

struct ConnectionURLTests {
  static let normalForms: [(url: String, normal: String)] = [
    ("postgresql://h/d", "postgresql://h/d"),
    ("postgres://h/d", "postgresql://h/d"),
    ("postgresql://", "postgresql://"),
    ("postgresql:///d", "postgresql:///d"),
    ("postgresql://H.Example/D", "postgresql://h.example/D"),
    ("postgresql://h:5432/d", "postgresql://h/d"),
    ("postgresql://h:05432/d", "postgresql://h/d"),
    ("postgresql://h:/d", "postgresql://h/d"),
    ("postgresql://h:6432/d", "postgresql://h:6432/d"),
    ("postgresql://h:${PORT}/d", "postgresql://h:${PORT}/d"),
    ("postgresql://u@h", "postgresql://u@h"),
    ("postgresql://u:@h", "postgresql://u@h"),
    ("postgresql://u:${P}@h/d", "postgresql://u:${P}@h/d"),
    ("postgresql://u:{{`P` | env}}@h/d", "postgresql://u:${P}@h/d"),
    ("postgresql://u:secret@h/d", "postgresql://u:(literal)@h/d"),
    ("postgresql://u:a${P}b@h/d", "postgresql://u:(literal)${P}(literal)@h/d"),
    ("postgresql://u:p@ss@h/d", "postgresql://u:(literal)@h/d"),
    ("postgresql://u:p:ss@h/d", "postgresql://u:(literal)@h/d"),
    ("postgresql://:secret@h/d", "postgresql://:(literal)@h/d"),
    ("postgresql://u%40x@h/d%2Fe", "postgresql://u%40x@h/d%2Fe"),
    ("postgresql://${U}@${H}/${D}", "postgresql://${U}@${H}/${D}"),
    ("postgresql://[::1]:6432/d", "postgresql://[::1]:6432/d"),
    ("postgresql://[FE80::1]/d", "postgresql://[fe80::1]/d"),
    ("postgresql://a,b:6432,c/d", "postgresql://a,b:6432,c/d"),
    ("postgresql://u:${P}@a:1,[::2]:2/d", "postgresql://u:${P}@a:1,[::2]:2/d"),
    ("postgresql://%2Fvar%2Frun%2FPG/d", "postgresql://%2Fvar%2Frun%2FPG/d"),
    ("postgresql:///d?host=/var/run", "postgresql:///d?host=/var/run"),
    ("postgresql://h/d?sslmode=require&connect_timeout=5", "postgresql://h/d?connect_timeout=5&sslmode=require"),
    ("postgresql://h/d?password=${P}", "postgresql://:${P}@h/d"),
    ("postgresql://h/d?password=secret&user=u", "postgresql://u:(literal)@h/d"),
    ("postgresql://h?dbname=d", "postgresql://h/d"),
    ("postgresql://h/d?application_name=a%20b%26c", "postgresql://h/d?application_name=a%20b%26c"),
    ("postgresql://h/d?application_name=", "postgresql://h/d?application_name="),
    ("postgresql://h/d?sslmode=${MODE}", "postgresql://h/d?sslmode=${MODE}"),
    ("postgresql://h/d?", "postgresql://h/d"),
    ("${URL}", "${URL}"),
    ("{{`URL` | env}}", "${URL}"),
  ]

  @Test(arguments: normalForms)
  func hasOneNormalForm(url: String, normal: String) throws {
    let form = try ConnectionURL(url).normalForm
    #expect(form == normal)
    #expect(try ConnectionURL(form).normalForm == normal)
  }

  static let wrong = [
    "mysql://h/d", "h:5432/d", "", "postgresql:/h/d", "postgresql://h:x/d", "postgresql://h:0/d",
    "postgresql://h:65536/d",
    "postgresql://h:+1/d", "postgresql://u:pa/SECRET@h/d", "postgresql://u:SECRET/x@h/d", "postgresql://u:1/SECRET@h/d",
    "postgresql://u:1?SECRET@h/d", "postgresql://u:1?SECRET=1@h/d", "postgresql://u:1?user=SECRET@h/d",
    "postgresql://u:SECRET?x@h/d", "postgresql://u:SECRET#x/y@h", "postgresql://u:SECRET", "postgresql://u@h:SECRET/d",
    "postgresql://h/d?SECRET@x=1", "postgresql://h/d?password=a&SECRET=b", "postgresql://h/d?password=a&SECRET",
    "postgresql://u:a@h/d?password=SECRET", "postgresql://h/d?passwort=x", "postgresql://h/d?sslmode=SECRET@",
    "postgresql://h/d?sslmode=", "postgresql://h/d?user=a&user=b", "postgresql://u:SECRET%@h",
    "postgresql://u:%zzSECRET@h",
    "postgresql://u:%00SECRET@h", "postgresql://u:%FFSECRET@h", "postgresql://[::1/d", "postgresql://[::1]x/d",
    "${URL}/SECRET", "postgresql://u:${SECRET@h/d", "postgresql://u:${a-SECRET}@h/d", "postgresql://u:{{SECRET}}@h",
  ]

  @Test(arguments: wrong)
  func refusesWithoutQuotingAPassword(url: String) {
    let error = #expect(throws: ConnectionURL.Malformed.self) { try ConnectionURL(url) }
    #expect(error?.reason.contains("SECRET") == false)
    #expect(error?.suggestion?.contains("SECRET") != true)
  }

  @Test func aPasswordIsDecodedAndKeptWhole() throws {
    let url = try ConnectionURL("postgresql://u:%24%7BA%7D%40%2F@h/d")
    #expect(url.password?.literal == "${A}@/")
    #expect(try url.password.map { try Template($0.normalForm) } == url.password)
    #expect(url.holdsLiteralPassword)
    #expect(try !ConnectionURL("postgresql://u:${A}@h").holdsLiteralPassword)
  }

  @Test func aVariableIsNoSeparator() throws {
    let url = try ConnectionURL("postgresql://${U}:${P}@h/d?options=${O}")
    #expect(try url.password?.resolved { _ in "a@b:c/d?e" } == "a@b:c/d?e")
    #expect(url.hosts.map(\.name.literal) == ["h"])
  }

  /// Texts made of everything that divides a URI: either refused, or with a normal form that is its own, and that
  /// holds nothing of the password.
  @Test func normalFormsAreIdempotent() {
    var random = SeededRandom(seed: 2)
    let pieces = [
      "u", "h", "/", ":", "@", "?", "&", "=", "${V}", "%40", "%2F", "[::1]", ",", "5432", "77", "sslmode=require",
      "user=a",
      "password=", "H", "é", "host=x", "{{`W` | env}}",
    ]
    var accepted = 0
    for _ in 0..<20_000 {
      let tail = (0..<Int.random(in: 0...7, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }
        .joined()
      guard let url = try? ConnectionURL("postgresql://\(tail)") else { continue }
      accepted += 1
      let again = try? ConnectionURL(url.normalForm)
      #expect(again?.normalForm == url.normalForm, "\(tail)")
      #expect(again?.user == url.user && again?.database == url.database, "\(tail)")
    }
    #expect(accepted > 1_000)
  }
}
