import Runtime
import Testing

@testable import HTTP

/// Vectors that AWS published: the examples of the S3 API Reference, and the Signature Version 4 test suite.
@Suite struct AWSSigningTests {
  private static let s3 = AWSSigning(
    AWSCredentials(accessKeyID: "AKIAIOSFODNN7EXAMPLE", secretKey: Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")),
    region: "us-east-1")
  private static let bucket = "examplebucket.s3.amazonaws.com"
  /// 2013-05-24T00:00:00Z and 2015-08-30T12:36:00Z.
  private static let (day, suiteMoment) = (1_369_353_600, 1_440_938_160)

  struct Example: Sendable, CustomTestStringConvertible {
    let name: String
    let message: AWSSigning.Message
    let signature: String
    var testDescription: String { name }
  }

  static let examples = [
    Example(
      name: "GET Object",
      message: .init(.get, host: bucket, path: "/test.txt", headers: [("Range", "bytes=0-9")]),
      signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
    Example(
      name: "PUT Object",
      message: .init(
        .put, host: bucket, path: "/test$file.text",
        headers: [("Date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY")],
        payload: "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"),
      signature: "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"),
    Example(
      name: "GET Bucket Lifecycle", message: .init(.get, host: bucket, path: "/", query: [("lifecycle", "")]),
      signature: "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
    Example(
      name: "GET Bucket", message: .init(.get, host: bucket, path: "/", query: [("prefix", "J"), ("max-keys", "2")]),
      signature: "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
  ]

  @Test(arguments: examples) func theReferencesExamplesAreSignedAlike(_ example: Example) throws {
    #expect(Self.signature(Self.s3, example.message, Self.day) == example.signature)
  }

  private static let token =
    "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA=="

  private static func message(
    _ method: HTTPRequest.Method = .get, _ path: String = "/", query: [(name: String, value: String)] = [],
    headers: [(name: String, value: String)] = []
  ) -> AWSSigning.Message {
    .init(method, host: "example.amazonaws.com", path: path, query: query, headers: headers)
  }

  static let suite = [
    Example(
      name: "get-vanilla", message: message(),
      signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
    Example(
      name: "get-vanilla-query-order-key-case", message: message(query: [("Param2", "value2"), ("Param1", "value1")]),
      signature: "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"),
    Example(
      name: "get-unreserved",
      message: message(.get, "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"),
      signature: "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"),
    Example(
      name: "post-vanilla", message: message(.post),
      signature: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
    Example(
      name: "get-header-key-duplicate",
      message: message(headers: [("My-Header1", "value2"), ("My-Header1", "value2"), ("My-Header1", "value1")]),
      signature: "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"),
    Example(
      name: "get-header-value-trim",
      message: message(headers: [("My-Header1", " value1"), ("My-Header2", " \"a   b   c\"")]),
      signature: "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"),
  ]

  private static func suiteSigner(token: String? = nil) -> AWSSigning {
    AWSSigning(
      AWSCredentials(
        accessKeyID: "AKIDEXAMPLE", secretKey: Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
        sessionToken: token.map { Secret($0) }), region: "us-east-1", service: "service")
  }

  @Test(arguments: suite) func theTestSuiteIsSignedAlike(_ example: Example) {
    #expect(Self.signature(Self.suiteSigner(), example.message, Self.suiteMoment) == example.signature)
  }

  /// `post-sts-header-before`: the token is signed, and is a secret on its way.
  @Test func aSessionTokenIsSigned() {
    let headers = Self.suiteSigner(token: Self.token).headers(for: Self.message(.post), at: Self.suiteMoment)
    #expect(
      Self.text(headers, "Authorization")?.hasSuffix(
        "SignedHeaders=host;x-amz-date;x-amz-security-token, Signature=85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead"
      ) == true)
    let token = headers.first { $0.name == "x-amz-security-token" }
    #expect(token.map { "\($0)".contains("AQoDY") } == false)
    guard case .secret? = token?.value else { return #expect(Bool(false), "the token is no secret") }
  }

  /// What is signed is what is sent: sub-resources with `=`, sorted, encoded once.
  @Test func theTargetIsCanonical() {
    let message = AWSSigning.Message(
      .get, host: "h", path: "/b/a b+c/ü~$", query: [("uploads", ""), ("prefix", "a/b&c=d"), ("a-b", "1"), ("a", "2")])
    #expect(message.encodedTarget == "/b/a%20b%2Bc/%C3%BC~%24?a=2&a-b=1&prefix=a%2Fb%26c%3Dd&uploads=")
  }

  @Test(arguments: [
    (0, "19700101T000000Z"), (951_782_399, "20000228T235959Z"), (951_782_400, "20000229T000000Z"),
    (1_440_938_160, "20150830T123600Z"), (4_102_444_800, "21000101T000000Z"),
  ]) func momentsAreWritten(_ seconds: Int, _ stamp: String) { #expect(AWSTime(seconds).stamp == stamp) }

  private static func signature(_ signer: AWSSigning, _ message: AWSSigning.Message, _ moment: Int) -> String? {
    text(signer.headers(for: message, at: moment), "Authorization")?.split(separator: "=").last.map(String.init)
  }

  private static func text(_ headers: [HTTPHeader], _ name: String) -> String? {
    guard case .plain(let text)? = headers.first(where: { $0.name == name })?.value else { return nil }
    return text
  }
}
