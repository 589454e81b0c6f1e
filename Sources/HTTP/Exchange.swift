#if canImport(Glibc)
  private import Glibc
#elseif canImport(Darwin)
  private import Darwin
#endif

/// One request in progress and what has come of its answer: what libcurl's callbacks work on. Used by one thread.
final class Exchange {
  let request: HTTPRequest
  private let sink: (any HTTPSink)?
  private let mostBytes: Int

  private(set) var status = 0
  private(set) var headers: [(name: String, value: String)] = []
  private(set) var body: [UInt8] = []
  /// Why a callback stopped the transfer.
  private(set) var refusal: (kind: HTTPError.Kind, message: String)?
  /// Bytes that moved in either direction; a stall is when it stands still.
  private(set) var moved = 0

  private var sent = 0
  private var descriptor: Int32 = -1

  init(_ request: HTTPRequest, sink: (any HTTPSink)?, mostBytes: Int) {
    self.request = request
    self.sink = sink
    self.mostBytes = mostBytes
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// False where the body's file cannot be opened.
  func open() -> Bool {
    guard case .file(let path, _) = request.body else { return true }
    descriptor = Self.openForReading(path)
    if descriptor < 0 { refusal = (.localFile, "\(path) cannot be read: \(String(cString: strerror(errno)))") }
    return descriptor >= 0
  }

  private static func openForReading(_ path: String) -> Int32 {
    #if canImport(Glibc)
      Glibc.open(path, O_RDONLY | O_CLOEXEC)
    #else
      Darwin.open(path, O_RDONLY | O_CLOEXEC)
    #endif
  }

  // MARK: The body of the request

  /// Fills the buffer with the next bytes: 0 at the end, nothing where they cannot be read.
  func next(_ buffer: UnsafeMutableRawBufferPointer) -> Int? {
    let count = min(buffer.count, request.body.count - sent)
    guard count > 0 else { return 0 }
    switch request.body {
    case .none: return 0
    case .bytes(let bytes): bytes.withUnsafeBytes { buffer.copyMemory(from: .init(rebasing: $0[sent..<sent + count])) }
    case .file(let path, let range):
      let read = pread(descriptor, buffer.baseAddress, count, off_t(range.lowerBound + sent))
      guard read > 0 else {
        refusal = (.localFile, "\(path) became shorter, or cannot be read any more")
        return nil
      }
      sent += read
      moved += read
      return read
    }
    sent += count
    moved += count
    return count
  }

  func rewind(to offset: Int) -> Bool {
    guard (0...request.body.count).contains(offset) else { return false }
    sent = offset
    return true
  }

  // MARK: The answer

  /// A line of the head, with its line end. A status line begins a new answer: the one before was an interim one.
  func receiveHeader(_ bytes: UnsafeRawBufferPointer) {
    moved += bytes.count
    let line = String(decoding: bytes, as: UTF8.self)
    if line.hasPrefix("HTTP/") {
      headers = []
      status = Int(line.split(separator: " ").dropFirst().first?.prefix(3) ?? "") ?? 0
      return
    }
    guard let colon = line.firstIndex(of: ":"), headers.count < 200 else { return }
    headers.append((line[..<colon].lowercased(), trimmed(line[line.index(after: colon)...])))
  }

  /// False where it wants no more.
  func receive(_ bytes: UnsafeRawBufferPointer) -> Bool {
    moved += bytes.count
    if let sink, (200..<300).contains(status) {
      do throws(HTTPSinkRefusal) { try sink.receive(bytes) } catch {
        refusal = (.refusedBySink, error.reason)
        return false
      }
      return true
    }
    // What an error says is small, and wanted also where the caller expects a few bytes.
    let limit = (200..<300).contains(status) ? mostBytes : max(mostBytes, 1 << 16)
    guard body.count + bytes.count <= limit else {
      refusal = (.tooLarge, "the answer is larger than \(limit) bytes")
      return false
    }
    body.append(contentsOf: bytes)
    return true
  }

  var answer: HTTPAnswer { HTTPAnswer(status: status, headers: headers, body: body) }
}

private func trimmed(_ text: Substring) -> String {
  var text = text
  while let first = text.unicodeScalars.first, first.value <= 32 { text.unicodeScalars.removeFirst() }
  while let last = text.unicodeScalars.last, last.value <= 32 { text.unicodeScalars.removeLast() }
  return String(text)
}
