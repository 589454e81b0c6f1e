import Foundation
import HTTP
import Runtime
import TestServers
import Testing

/// Requests to a server that says what it is told to, and to one with a certificate that nobody trusts.
@Suite struct HTTPClientTests {
  private let client = HTTPClient()

  private func url(_ port: Int, _ rest: String = "/x") -> String { "http://127.0.0.1:\(port)\(rest)" }

  private func error(_ body: () throws -> Void) -> HTTPError? {
    do { try body() } catch { return error as? HTTPError }
    return nil
  }

  @Test(arguments: [HTTPRequest.Method.get, .put, .post, .delete, .head]) func whatIsSentArrives(
    _ method: HTTPRequest.Method
  )
    throws
  {
    let server = try CannedServer { _ in
      CannedServer.answer(201, method == .head ? "" : "hello", headers: ["X-One:  two "])
    }
    let hasBody = method == .put || method == .post
    let request = HTTPRequest(
      method, url(server.port, "/a/../b%20c?x=&y=%2F"),
      headers: [HTTPHeader("X-Plain", "1"), HTTPHeader("X-Key", secret: Secret("k"))],
      body: hasBody ? .bytes(Array("body".utf8)) : .none)
    let answer = try client.send(request)
    #expect(
      answer.status == 201 && answer["x-one"] == "two" && answer.body == (method == .head ? [] : Array("hello".utf8)))
    let seen = try #require(server.requests.first)
    #expect(seen.line == "\(method.rawValue) /a/../b%20c?x=&y=%2F HTTP/1.1" && seen["x-key"] == "k")
    #expect(seen.body == (hasBody ? Array("body".utf8) : []) && seen["content-type"] == nil)
    #expect(seen["content-length"] == (hasBody ? "4" : nil))
  }

  @Test(arguments: [400, 403, 404, 500, 503]) func aRefusalIsAnAnswer(_ status: Int) throws {
    let server = try CannedServer { _ in CannedServer.answer(status, "why") }
    let answer = try client.send(HTTPRequest(.get, url(server.port)), mostBytes: 0)
    #expect(answer.status == status && answer.body == Array("why".utf8) && !answer.isSuccess)
  }

  @Test func anAnswerThatIsTooLargeIsCutOff() throws {
    let server = try CannedServer { _ in CannedServer.answer(200, String(repeating: "x", count: 2_000)) }
    let found = error { _ = try client.send(HTTPRequest(.get, url(server.port)), mostBytes: 1_999) }
    #expect(found?.kind == .tooLarge && found?.mayHaveArrived == true)
    #expect(try client.send(HTTPRequest(.get, url(server.port)), mostBytes: 2_000).body.count == 2_000)
  }

  /// The length says more than comes: the status was fine, and the answer is none.
  @Test func anAnswerThatIsCutIsLost() throws {
    let server = try CannedServer { _ in Array("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nfour".utf8) }
    #expect(error { _ = try client.send(HTTPRequest(.get, url(server.port))) }?.kind == .lost)
    let mute = try CannedServer { _ in nil }
    #expect(error { _ = try client.send(HTTPRequest(.put, url(mute.port), body: .bytes([1]))) }?.mayHaveArrived == true)
  }

  @Test func aServerThatIsSilentIsGivenUp() throws {
    let server = try CannedServer { _ in CannedServer.answer(200) }
    let proxy = try FaultProxy(toPort: server.port, .hole(0))
    let request = HTTPRequest(.get, url(proxy.port))
    let stalled = error {
      _ = try client.send(request, HTTPLimits(connect: .milliseconds(300), stall: .milliseconds(200)))
    }
    #expect(stalled?.kind == .timedOut && stalled?.message.contains("nothing moved") == true)
    let late = error { _ = try client.send(request, HTTPLimits(total: .milliseconds(200))) }
    #expect(late?.kind == .timedOut && late?.message == "not done within 200 ms")
  }

  @Test func anInterruptEndsTheWait() throws {
    let (server, interrupt) = (try CannedServer { _ in CannedServer.answer(200) }, try Interrupt())
    let proxy = try FaultProxy(toPort: server.port, .hole(0))
    interrupt.raise()
    let found = error { _ = try client.send(HTTPRequest(.get, url(proxy.port)), HTTPLimits(interrupt: interrupt)) }
    #expect(found?.kind == .interrupted)
  }

  @Test func nobodyListens() throws {
    let found = error {
      _ = try client.send(HTTPRequest(.put, url(try LoopbackSocket.unusedPort()), body: .bytes([1])))
    }
    #expect(found?.kind == .unreachable && found?.mayHaveArrived == false)
  }

  /// A certificate of our own for 127.0.0.1: refused unless its file is given, and under any other name even then.
  @Test func certificatesAreVerified() throws {
    let server = try TLSServer()
    func status(_ client: HTTPClient, _ host: String) throws -> Int {
      try client.send(HTTPRequest(.get, "https://\(host):\(server.port)/"), HTTPLimits(total: .seconds(10))).status
    }
    let trusting = HTTPClient(HTTPClient.Settings(certificateFile: server.certificate))
    #expect(try status(trusting, "127.0.0.1") == 200)
    #expect(error { _ = try status(client, "127.0.0.1") }?.kind == .untrusted)
    #expect(error { _ = try status(trusting, "localhost") }?.kind == .untrusted)
  }

  @Test(arguments: ["ftp://127.0.0.1/", "file:///etc/passwd", "http://", "http://a b/", "http://h/\r\nX: y"])
  func otherURLsAreRefused(_ url: String) {
    #expect(error { _ = try client.send(HTTPRequest(.get, url), HTTPLimits(total: .seconds(5))) } != nil)
  }

  /// A line end in a value would be another header.
  @Test func headersCannotBeSmuggled() throws {
    let server = try CannedServer { _ in CannedServer.answer(200) }
    for header in [HTTPHeader("X", "a\r\nY: b"), HTTPHeader("X", secret: Secret("planted\nY: b"))] {
      let found = error { _ = try client.send(HTTPRequest(.get, url(server.port), headers: [header])) }
      #expect(found?.kind == .library && found?.description.contains("planted") == false)
    }
    #expect(server.requests.isEmpty)
  }

  @Test func bodiesComeFromFiles() throws {
    let path = NSTemporaryDirectory() + "http-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: path) }
    let content = Array("0123456789".utf8)
    try Data(content).write(to: URL(filePath: path))
    let server = try CannedServer { _ in CannedServer.answer(200) }
    _ = try client.send(HTTPRequest(.put, url(server.port), body: .file(path: path, range: 2..<7)))
    #expect(server.requests.first?.body == Array("23456".utf8))
    // A file that became shorter ends the request; what arrived is no whole body.
    let short = error {
      _ = try client.send(HTTPRequest(.put, url(server.port), body: .file(path: path, range: 5..<20)))
    }
    #expect(short?.kind == .localFile)
    let gone = error {
      _ = try client.send(HTTPRequest(.put, url(server.port), body: .file(path: path + "x", range: 0..<1)))
    }
    #expect(gone?.kind == .localFile && gone?.mayHaveArrived == false)
  }
}

/// `openssl s_server` with a certificate that it signed itself.
private final class TLSServer: Sendable {
  let port: Int
  let certificate: String
  private let folder: String
  private let pid: pid_t

  init() throws {
    folder = NSTemporaryDirectory() + "tls-" + UUID().uuidString
    certificate = folder + "/cert.pem"
    port = try LoopbackSocket.unusedPort()
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let script = """
      set -e
      cd "$1"
      openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem -out cert.pem -days 2 \
        -subj /CN=test -addext subjectAltName=IP:127.0.0.1 2>/dev/null
      setsid openssl s_server -accept "127.0.0.1:$2" -key key.pem -cert cert.pem -www >/dev/null 2>&1 </dev/null &
      server=$!
      echo $server
      until (exec 3<>"/dev/tcp/127.0.0.1/$2") 2>/dev/null; do kill -0 $server; read -r -t 0.05 <> <(:) || true; done
      """
    let played = try Program.play(
      "/bin/bash", ["-c", script, "tls", folder, "\(port)"], environment: ["PATH": "/usr/bin:/bin"])
    pid = Int32(played.output.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
  }

  deinit {
    if pid > 0 { kill(pid, SIGKILL) }
    try? FileManager.default.removeItem(atPath: folder)
  }
}
