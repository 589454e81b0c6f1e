import Foundation
import HTTP
import Reconciliation
import Runtime
import TestServers
import Testing

@testable import Backends

/// What servers may answer, said by a server that says what it is told to.
@Suite struct S3AnswerTests {
  private func store(_ server: CannedServer, attempts: Int = 2) throws -> S3Store {
    var settings = S3Store.Settings()
    (settings.stall, settings.attempts) = (.seconds(5), attempts)
    return S3Store(
      try S3Place(provider: "minio", bucket: "bucket", endpoint: "http://127.0.0.1:\(server.port)"),
      AWSCredentials(accessKeyID: "AK", secretKey: Secret("planted-secret"), sessionToken: Secret("planted-token")),
      settings)
  }

  @Test(arguments: [
    (403, "AccessDenied", "denied"), (403, "SignatureDoesNotMatch", "denied"), (403, "RequestTimeTooSkewed", "denied"),
    (404, "NoSuchKey", "missing"), (404, "NoSuchBucket", "missing"), (301, "PermanentRedirect", "failed"),
    (400, "XAmzContentSHA256Mismatch", "damaged"), (400, "EntityTooLarge", "failed"),
    (500, "InternalError", "unreachable"),
    (503, "SlowDown", "unreachable"), (501, "NotImplemented", "unreachable"), (507, "", "full"),
  ]) func refusalsAreToldApart(_ status: Int, _ code: String, _ kind: String) throws {
    let server = try CannedServer { _ in
      CannedServer.answer(status, "<?xml version=\"1.0\"?><Error><Code>\(code)</Code><Message>m</Message></Error>")
    }
    let error = storeError { _ = try store(server).read(key("a"), mostBytes: 10) }
    #expect(error?.kind.rawValue == kind && error?.description.contains("planted") == false)
    // Only what may pass is sent again.
    let isPassing = status == 500 || status == 503
    #expect(server.requests.count == (isPassing ? 2 : 1))
  }

  /// A redirect would take the signature to another host.
  @Test func redirectsAreNotFollowed() throws {
    let other = try CannedServer { _ in CannedServer.answer(200, "hello") }
    let server = try CannedServer { _ in
      CannedServer.answer(
        307, headers: ["Location: http://127.0.0.1:\(other.port)/", "x-amz-bucket-region: eu-west-1"])
    }
    let error = storeError { _ = try store(server).read(key("a"), mostBytes: 10) }
    #expect(error?.failure.hint?.contains("eu-west-1") == true && other.requests.isEmpty)
  }

  @Test func whatIsSentIsSigned() throws {
    let server = try CannedServer { _ in CannedServer.answer(200, "x") }
    _ = try store(server).read(key("a b"), mostBytes: 10)
    let request = try #require(server.requests.first)
    #expect(request.line == "GET /bucket/a%20b HTTP/1.1")
    #expect(
      request["authorization"]?.contains("SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token")
        == true)
    #expect(request["x-amz-security-token"] == "planted-token" && request["host"] == "127.0.0.1:\(server.port)")
  }

  /// Such a list would make whatever is missing look removed.
  @Test(arguments: [
    "", "<html/>", "<ListBucketResult/>", "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
    "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>a</Key></Contents></ListBucketResult>",
    "<ListBucketResult><IsTruncated>false</IsTruncated>", "<!DOCTYPE x [<!ENTITY e 'x'>]><ListBucketResult/>",
  ]) func aListThatIsNoneIsRefused(_ text: String) throws {
    let server = try CannedServer { _ in CannedServer.answer(200, text) }
    #expect(storeError { _ = try store(server).list(under: nil) }?.kind == .damaged)
  }

  @Test func aServerThatRepeatsItselfIsNotAskedForEver() throws {
    let server = try CannedServer { _ in
      CannedServer.answer(
        200,
        "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken></ListBucketResult>"
      )
    }
    #expect(storeError { _ = try store(server).list(under: nil) }?.kind == .failed)
    #expect(server.requests.count == 2)
  }

  @Test func listsOfUnfinishedUploadsAreReadToTheirEnd() throws {
    let server = try CannedServer { request in
      let isFirst = !request.line.contains("marker")
      let upload = "<Upload><Key>\(isFirst ? "a/1" : "a/2")</Key><UploadId>\(isFirst ? "u" : "v")</UploadId></Upload>"
      let next = "<NextKeyMarker>a/1</NextKeyMarker><NextUploadIdMarker>u</NextUploadIdMarker>"
      return CannedServer.answer(
        200,
        "<ListMultipartUploadsResult><IsTruncated>\(isFirst)</IsTruncated>\(next)\(upload)</ListMultipartUploadsResult>"
      )
    }
    #expect(try store(server).unfinished(under: key("a")).map { "\($0.name) \($0.id)" } == ["a/1 u", "a/2 v"])
    #expect(
      server.requests.map(\.line) == [
        "GET /bucket?prefix=a%2F&uploads= HTTP/1.1",
        "GET /bucket?key-marker=a%2F1&prefix=a%2F&upload-id-marker=u&uploads= HTTP/1.1",
      ])
  }

  /// A gateway that does not know the question may answer another one.
  @Test(arguments: [
    ("", "damaged"), ("<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>", "damaged"),
    ("<ListMultipartUploadsResult><IsTruncated>true</IsTruncated></ListMultipartUploadsResult>", "damaged"),
    ("<ListMultipartUploadsResult><Upload><Key>a</Key></Upload></ListMultipartUploadsResult>", "damaged"),
    (
      "<ListMultipartUploadsResult><IsTruncated>true</IsTruncated><NextKeyMarker>a</NextKeyMarker><NextUploadIdMarker>u</NextUploadIdMarker></ListMultipartUploadsResult>",
      "failed"
    ),
  ]) func aListOfUploadsThatIsNoneIsRefused(_ text: String, _ kind: String) throws {
    let server = try CannedServer { _ in CannedServer.answer(200, text) }
    #expect(storeError { _ = try store(server).unfinished(under: nil) }?.kind.rawValue == kind)
  }

  /// 200 for a PUT, with the checksum of other bytes (curl's COPYPOSTFIELDS once stored an empty object that way).
  @Test func aSuccessThatStoredSomethingElseIsFound() throws {
    let server = try CannedServer { request in
      request.line.hasPrefix("PUT")
        ? CannedServer.answer(200, headers: ["ETag: \"d41d8cd98f00b204e9800998ecf8427e\""])
        : CannedServer.answer(200, "")
    }
    #expect(storeError { _ = try store(server).put(.bytes([1]), at: key("a")) }?.kind == .damaged)
    #expect(server.requests.map { $0.line.prefix(3) } == ["PUT", "GET", "DEL"])
  }

  /// An ETag that is no checksum (encryption by KMS): the object is read back, and is what was sent.
  @Test func withoutAChecksumTheObjectIsReadBack() throws {
    let server = try CannedServer { request in
      request.line.hasPrefix("PUT")
        ? CannedServer.answer(200, headers: ["ETag: \"opaque\""]) : CannedServer.answer(200, "hi")
    }
    #expect(try store(server).put(.bytes(Array("hi".utf8)), at: key("a")).bytes == 2)
    #expect(server.requests.map { $0.line.prefix(3) } == ["PUT", "GET"])
  }

  /// CompleteMultipartUpload may say 200 and then an error; the object is not there, so it failed.
  @Test func aCompletionThatFailsAfterItsStatusFails() throws {
    let folder = try TemporaryFolder("objects")
    let path = try StoreStage(store: LocalFiles(root: "/"), folder: folder).file("in", bytes: 20)
    let server = try CannedServer { request in
      switch request.line.prefix(while: { $0 != " " }) {
      case "POST" where request.line.contains("uploads"):
        CannedServer.answer(
          200, "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>")
      case "POST": CannedServer.answer(200, "<Error><Code>InternalError</Code></Error>")
      case "PUT": CannedServer.answer(200, headers: ["ETag: \"part\""])
      case "HEAD": CannedServer.answer(404)
      default: CannedServer.answer(204)
      }
    }
    var settings = S3Store.Settings()
    (settings.partSize, settings.attempts) = (10, 1)
    let store = S3Store(
      try S3Place(provider: "minio", bucket: "bucket", endpoint: "http://127.0.0.1:\(server.port)"),
      AWSCredentials(accessKeyID: "AK", secretKey: Secret("s")), settings)
    #expect(storeError { _ = try store.put(.file(path), at: key("a")) }?.kind == .unreachable)
    #expect(server.requests.last?.line == "DELETE /bucket/a?uploadId=u HTTP/1.1")
  }

  @Test func placesAreAddressed() throws {
    let aws = try S3Place(provider: "s3", bucket: "company-db", prefix: "/decant/", region: "eu-west-1")
    #expect(aws.origin == "https://company-db.s3.eu-west-1.amazonaws.com" && aws.path("a") == "/decant/a")
    #expect(aws.title == "s3://company-db/decant" && aws.path(nil) == "/")
    let dotted = try S3Place(provider: "s3", bucket: "company.db", region: "us-east-1")
    #expect(dotted.origin == "https://s3.us-east-1.amazonaws.com" && dotted.path("a") == "/company.db/a")
    let own = try S3Place(provider: "minio", bucket: "b-b", endpoint: "https://minio.example:443/")
    #expect(own.host == "minio.example" && own.path(nil) == "/b-b")
    #expect(try S3Place(provider: "r2", bucket: "b-b", accountID: "acc").host == "acc.r2.cloudflarestorage.com")
    #expect(try S3Place(provider: "dospaces", bucket: "b-b", region: "fra1").host == "b-b.fra1.digitaloceanspaces.com")
    #expect(throws: ObjectStoreError.self) { try S3Place(provider: "minio", bucket: "b-b") }
    for endpoint in ["ftp://h", "http://", "https://u:p@h", "https://h/path", "h:9000", "https://h?x"] {
      #expect(throws: ObjectStoreError.self) { try S3Place(provider: "minio", bucket: "b-b", endpoint: endpoint) }
    }
    for bucket in ["", "ab", "../x", "a/b", "a b", "a..b"] {
      #expect(throws: ObjectStoreError.self) { try S3Place(provider: "s3", bucket: bucket) }
    }
  }

  @Test func xmlIsReadStrictly() {
    let element = XMLElement(
      Array(
        "<?xml version='1.0'?>\n<a x=\"1>\" y='2'><b>1 &lt; 2 &#x26; &#252;</b><b/><!-- c --><c><![CDATA[<&]]></c></a>\n"
          .utf8))
    #expect(element?.all("b").map(\.text) == ["1 < 2 & ü", ""] && element?["c"]?.text == "<&")
    let deep = String(repeating: "<a>", count: 17) + String(repeating: "</a>", count: 17)
    for text in [
      "", "x", "<a>", "<a></b>", "<a/><b/>", "<a>&x;</a>", "<a>&#0;</a>", "<a>&amp</a>", "<a x></a>", "<a x=1/>",
      "<a/>x",
      "<!DOCTYPE a><a/>", "<a><!DOCTYPE b></a>", "<a", "<a x='1", "<a><![CDATA[x</a>", deep,
    ] { #expect(XMLElement(Array(text.utf8)) == nil, "\(text)") }
    #expect(XMLElement(Array("<a>".utf8) + [0xFF] + Array("</a>".utf8)) == nil)
  }
}
