private import CLibCurl
import Runtime

/// The one owner of a `CURL *`, and of the `CURLM *` that drives it and keeps its connections. Used by one thread at a time.
///
/// The multi interface and not `curl_easy_perform`: only so can an interrupt wake the wait, and the deadlines be ours.
final class Transfer {
  private let easy: UnsafeMutableRawPointer
  private let multi: UnsafeMutableRawPointer

  /// Nothing where there is no memory left.
  init?() {
    guard let easy = curl_easy_init() else { return nil }
    guard let multi = curl_multi_init() else {
      curl_easy_cleanup(easy)
      return nil
    }
    (self.easy, self.multi) = (easy, multi)
  }

  deinit {
    curl_easy_cleanup(easy)
    curl_multi_cleanup(multi)
  }

  func run(_ exchange: Exchange, _ limits: HTTPLimits, _ settings: HTTPClient.Settings) throws(HTTPError)
    -> HTTPAnswer
  {
    guard exchange.open() else { throw failure(exchange, .localFile, "the file cannot be read") }
    let list = HeaderList(exchange.request)
    var words = [CChar](repeating: 0, count: Int(CURL_ERROR_SIZE))
    let result = try words.withUnsafeMutableBufferPointer { words throws(HTTPError) in
      configure(exchange, list, limits, settings, words.baseAddress)
      guard curl_multi_add_handle(multi, easy) == CURLM_OK else {
        throw failure(exchange, .library, "libcurl cannot take the request")
      }
      defer {
        curl_multi_remove_handle(multi, easy)
        // Its pointers into this call are gone with it; its connections stay.
        curl_easy_reset(easy)
      }
      let result = try drive(exchange, limits)
      // libcurl's own code comes first: a status may have come before the connection broke.
      if result != CURLE_OK { throw failed(exchange, result, limits, words) }
      return result
    }
    guard result == CURLE_OK, exchange.status >= 200 else {
      throw failure(exchange, .unreadable, "the answer has no status")
    }
    return exchange.answer
  }

  /// Until the transfer is done, nothing has moved for too long, or somebody interrupts.
  private func drive(_ exchange: Exchange, _ limits: HTTPLimits) throws(HTTPError) -> CURLcode {
    let total = limits.total.map(Deadline.after)
    var (stall, moved, running) = (Deadline.after(limits.connect + limits.stall), 0, Int32(1))
    while true {
      guard curl_multi_perform(multi, &running) == CURLM_OK else {
        throw failure(exchange, .library, "libcurl cannot go on")
      }
      let finished = decant_curl_finished(multi)
      if finished >= 0 { return CURLcode(rawValue: UInt32(finished)) }
      if exchange.moved > moved || moved == 0 && exchange.moved > 0 {
        (moved, stall) = (exchange.moved, .after(limits.stall))
      }
      let deadline = total.map(stall.earlier) ?? stall
      if deadline.hasPassed { throw failure(exchange, .timedOut, timeout(deadline, isTotal: deadline == total)) }
      try wait(exchange, limits.interrupt, deadline)
    }
  }

  private func wait(_ exchange: Exchange, _ interrupt: Interrupt?, _ deadline: Deadline) throws(HTTPError) {
    var extra = curl_waitfd(fd: interrupt?.descriptor ?? -1, events: Int16(CURL_WAIT_POLLIN), revents: 0)
    curl_multi_poll(multi, &extra, interrupt == nil ? 0 : 1, deadline.milliseconds, nil)
    if interrupt?.isRaised == true { throw failure(exchange, .interrupted, "interrupted") }
  }

  private func timeout(_ deadline: Deadline, isTotal: Bool) -> String {
    isTotal ? "not done within \(deadline.granted.spoken)" : "nothing moved for \(deadline.granted.spoken)"
  }
}

// MARK: Options

extension Transfer {
  private func configure(
    _ exchange: Exchange, _ list: HeaderList, _ limits: HTTPLimits, _ settings: HTTPClient.Settings,
    _ words: UnsafeMutablePointer<CChar>?
  ) {
    let request = exchange.request
    curl_easy_reset(easy)
    set(CURLOPT_URL, request.url)
    set(CURLOPT_PROTOCOLS_STR, "http,https")
    for (option, value) in switches { set(option, value) }
    set(CURLOPT_CONNECTTIMEOUT_MS, Int(limits.connect / .milliseconds(1)))
    set(CURLOPT_USERAGENT, settings.userAgent)
    // Without a text, libcurl would look into the environment.
    set(CURLOPT_PROXY, settings.proxy ?? "")
    if let file = settings.certificateFile {
      set(CURLOPT_CAINFO, file)
      _ = decant_curl_set_text(easy, CURLOPT_CAPATH, nil)
    }
    _ = decant_curl_set_list(easy, CURLOPT_HTTPHEADER, list.head)
    _ = decant_curl_set_pointer(easy, CURLOPT_ERRORBUFFER, words)
    setMethod(request)
    setCallbacks(Unmanaged.passUnretained(exchange).toOpaque())
  }

  private var switches: [(CURLoption, Int)] {
    [
      (CURLOPT_NOSIGNAL, 1), (CURLOPT_FOLLOWLOCATION, 0), (CURLOPT_PATH_AS_IS, 1), (CURLOPT_SSL_VERIFYPEER, 1),
      (CURLOPT_SSL_VERIFYHOST, 2), (CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1)),
      // A name server that never answers must not hold up the end.
      (CURLOPT_QUICK_EXIT, 1), (CURLOPT_TCP_KEEPALIVE, 1),
    ]
  }

  private func setMethod(_ request: HTTPRequest) {
    switch request.method {
    case .get: set(CURLOPT_HTTPGET, 1)
    case .head: set(CURLOPT_NOBODY, 1)
    case .put, .post:
      // CURLOPT_POSTFIELDS would add a content type; an upload sends what we say and nothing else.
      set(CURLOPT_UPLOAD, 1)
      _ = decant_curl_set_size(easy, CURLOPT_INFILESIZE_LARGE, curl_off_t(request.body.count))
    case .delete: break
    }
    if request.method != .head { set(CURLOPT_CUSTOMREQUEST, request.method.rawValue) }
    // On a kept connection that turns out to be dead, libcurl sends again by itself: not what must not be done twice.
    if !request.isIdempotent { set(CURLOPT_FRESH_CONNECT, 1) }
  }

  private func setCallbacks(_ context: UnsafeMutableRawPointer) {
    for option in [CURLOPT_WRITEDATA, CURLOPT_HEADERDATA, CURLOPT_READDATA, CURLOPT_SEEKDATA] {
      _ = decant_curl_set_pointer(easy, option, context)
    }
    _ = decant_curl_set_transfer(easy, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
      Transfer.exchange(context)?.receive(UnsafeRawBufferPointer(start: bytes, count: size * count)) == true
        ? size * count : 0
    }
    _ = decant_curl_set_transfer(easy, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
      Transfer.exchange(context)?.receiveHeader(UnsafeRawBufferPointer(start: bytes, count: size * count))
      return size * count
    }
    _ = decant_curl_set_transfer(easy, CURLOPT_READFUNCTION) { bytes, size, count, context in
      let buffer = UnsafeMutableRawBufferPointer(start: bytes, count: size * count)
      return Transfer.exchange(context)?.next(buffer) ?? decant_curl_abort_read
    }
    _ = decant_curl_set_seek(easy) { context, offset, origin in
      origin == 0 && Transfer.exchange(context)?.rewind(to: Int(offset)) == true
        ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_CANTSEEK
    }
  }

  /// The exchange outlives its transfer, so the pointer is good whenever libcurl calls.
  private static func exchange(_ context: UnsafeMutableRawPointer?) -> Exchange? {
    context.map { Unmanaged<Exchange>.fromOpaque($0).takeUnretainedValue() }
  }

  private func set(_ option: CURLoption, _ value: Int) { _ = decant_curl_set_long(easy, option, value) }
  private func set(_ option: CURLoption, _ value: String) { _ = decant_curl_set_text(easy, option, value) }
}

// MARK: What goes wrong

extension Transfer {
  private func failed(
    _ exchange: Exchange, _ code: CURLcode, _ limits: HTTPLimits, _ words: UnsafeMutableBufferPointer<CChar>
  ) -> HTTPError {
    switch code {
    case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT, CURLE_SSL_CONNECT_ERROR,
      CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL, CURLE_SSL_CACERT_BADFILE:
      return failure(exchange, .unreachable, detail(code, words))
    case CURLE_PEER_FAILED_VERIFICATION: return failure(exchange, .untrusted, detail(code, words))
    case CURLE_OPERATION_TIMEDOUT:
      return failure(exchange, .timedOut, "no connection within \(limits.connect.spoken)")
    case CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING:
      return failure(exchange, .unreadable, "what came is not HTTP")
    case CURLE_OUT_OF_MEMORY, CURLE_FAILED_INIT: return failure(exchange, .library, text(code))
    default: return failure(exchange, .lost, text(code))
    }
  }

  /// libcurl's words about connecting name hosts and certificates; about later steps they might quote what was sent.
  private func detail(_ code: CURLcode, _ words: UnsafeMutableBufferPointer<CChar>) -> String {
    let said = words.baseAddress.map { String(cString: $0) } ?? ""
    return said.isEmpty ? text(code) : said
  }

  private func text(_ code: CURLcode) -> String {
    "\(String(cString: curl_easy_strerror(code))) (curl \(code.rawValue))"
  }

  private func failure(_ exchange: Exchange, _ kind: HTTPError.Kind, _ message: String) -> HTTPError {
    var sent = 0
    decant_curl_get_long(easy, CURLINFO_REQUEST_SIZE, &sent)
    let (kind, message) = exchange.refusal ?? (kind, message)
    return HTTPError(kind, exchange.request.subject, message, mayHaveArrived: sent > 0)
  }
}

/// The one owner of a `curl_slist *`.
private final class HeaderList {
  private(set) var head: UnsafeMutablePointer<curl_slist>?

  init(_ request: HTTPRequest) {
    for header in request.headers { head = header.withLine { curl_slist_append(head, $0) } ?? head }
    // Waiting for a go-ahead (RFC 9110, section 10.1.1) pays only where much would be sent in vain.
    if request.body.count <= 1 << 20 { head = curl_slist_append(head, "Expect:") ?? head }
  }

  deinit { curl_slist_free_all(head) }
}
