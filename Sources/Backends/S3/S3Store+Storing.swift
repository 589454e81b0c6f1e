import Documents
import HTTP
public import Reconciliation

/// Storing: in one piece, or in parts that become an object all at once.
extension S3Store {
  public func put(_ source: ObjectSource, at key: ObjectKey) throws(ObjectStoreError) -> StoredObject {
    let content = try S3Content(source, partSize: partSize, interrupt: limits.interrupt, subject(key))
    let object = StoredObject(key: key, bytes: content.count, sha256: content.sha256)
    let said = content.parts.count > 1 ? try putInParts(content, key) : try putWhole(content, key)
    // The server computed this of what it got. Some say something else by it; then the object is read back.
    if let said, said == content.etag { return object }
    try prove(object)
    return object
  }

  private func putWhole(_ content: S3Content, _ key: ObjectKey) throws(ObjectStoreError) -> String? {
    var call = S3Call(.put, key.description, "store", subject(key))
    (call.body, call.payload) = (content.body(0), content.parts[0].sha256)
    return try storing(call, content, key) { () throws(S3Problem) in etag(try send(call)) }
  }

  /// Sends until it is known to be done. After each lost answer the object is looked at, since it may be there.
  private func storing(
    _ call: S3Call, _ content: S3Content, _ key: ObjectKey, _ send: () throws(S3Problem) -> String?
  ) throws(ObjectStoreError) -> String? {
    var attempt = 1
    while true {
      let problem: S3Problem
      do throws(S3Problem) { return try send() } catch { problem = error }
      let isDone = problem.mayHaveArrived || problem.code == "NoSuchUpload" ? try isThere(content, key, problem) : false
      if isDone { return content.etag }
      guard problem.isPassing, attempt < attempts else { throw problem.error }
      try pause(after: attempt, call)
      attempt += 1
    }
  }

  /// Whether the object is what was sent, although nobody said so.
  private func isThere(_ content: S3Content, _ key: ObjectKey, _ problem: S3Problem) throws(ObjectStoreError) -> Bool {
    // Who pressed Ctrl-C waits for no second look; who asks next finds what there is.
    guard problem.error.kind != .interrupted else { throw unknown(problem, key) }
    let answer: HTTPAnswer?
    do throws(ObjectStoreError) { answer = try headAnswer(key.description) } catch { throw unknown(problem, key) }
    guard let answer else { return false }
    return answer["content-length"] == "\(content.count)" && content.etag != nil && etag(answer) == content.etag
  }

  private func unknown(_ problem: S3Problem, _ key: ObjectKey) -> ObjectStoreError {
    ObjectStoreError(
      .unknown, "store", subject(key), "the answer was lost (\(problem.error.failure.cause)), and looking failed too")
  }

  /// Reads the object back; removes it where it is something else.
  private func prove(_ object: StoredObject) throws(ObjectStoreError) {
    let call = S3Call(.get, object.key.description, "read back", subject(object.key))
    let digest = try again(call) { () throws(S3Problem) in
      let sink = DigestSink()
      _ = try send(call, into: sink)
      return sink.stream.finish()
    }
    guard digest == object.sha256 else {
      try? delete(object.key)
      throw call.problem(.damaged, "what lies there is not what was sent; it was removed").error
    }
  }

  private func etag(_ answer: HTTPAnswer) -> String? {
    answer["etag"].map { String($0.filter { $0 != "\"" }).lowercased() }
  }
}

// MARK: In parts

extension S3Store {
  /// Invisible until it is completed; given up where anything fails, so that no part is paid for.
  private func putInParts(_ content: S3Content, _ key: ObjectKey) throws(ObjectStoreError) -> String? {
    let upload = try begin(key)
    do throws(ObjectStoreError) {
      var tags: [String] = []
      for index in content.parts.indices { tags.append(try putPart(index, of: content, upload, key)) }
      return try complete(tags, content, upload, key)
    } catch {
      // An upload whose end is unknown may be complete, and then there is nothing to give up.
      // Best effort: the error that led here is the one to tell.
      if error.kind != .unknown {
        _ = try? tidy(call(toGiveUp: UnfinishedUpload(name: key.description, id: upload)))
      }
      throw error
    }
  }

  private func begin(_ key: ObjectKey) throws(ObjectStoreError) -> String {
    var call = S3Call(.post, key.description, "begin to store", subject(key))
    call.query = [(name: "uploads", value: "")]
    // Sent again after a lost answer, it leaves an upload without parts, which nobody sees.
    let answer = try again(call) { () throws(S3Problem) in try send(call) }
    // Not by the name of the root, which rclone spells in another way.
    guard let id = XMLElement(answer.body)?["UploadId"]?.text, !id.isEmpty
    else { throw call.problem(.damaged, "the server gives no id for the upload").error }
    return id
  }

  private func putPart(_ index: Int, of content: S3Content, _ upload: String, _ key: ObjectKey)
    throws(ObjectStoreError) -> String
  {
    var call = S3Call(.put, key.description, "store part \(index + 1) of", subject(key))
    call.query = [(name: "partNumber", value: "\(index + 1)"), (name: "uploadId", value: upload)]
    (call.body, call.payload) = (content.body(index), content.parts[index].sha256)
    let tag = try again(call) { () throws(S3Problem) in etag(try send(call)) }
    guard let tag else { throw call.problem(.failed, "the server does not say what it got").error }
    return tag
  }

  private func complete(_ tags: [String], _ content: S3Content, _ upload: String, _ key: ObjectKey)
    throws(ObjectStoreError) -> String?
  {
    var call = S3Call(.post, key.description, "complete", subject(key))
    call.query = [(name: "uploadId", value: upload)]
    let parts = tags.enumerated().map {
      "<Part><PartNumber>\($0 + 1)</PartNumber><ETag>\"\(Self.escaped($1))\"</ETag></Part>"
    }
    let text = Array("<CompleteMultipartUpload>\(parts.joined())</CompleteMultipartUpload>".utf8)
    (call.body, call.payload) = (.bytes(text), sha256(text))
    return try storing(call, content, key) { () throws(S3Problem) in
      let answer = try send(call)
      // S3 begins with 200 and may end with an error ("CompleteMultipartUpload", Amazon S3 API Reference).
      guard let result = XMLElement(answer.body), result.name != "Error" else {
        throw problem(HTTPAnswer(status: 500, headers: answer.headers, body: answer.body), call)
      }
      return (result["ETag"]?.text).map { String($0.filter { $0 != "\"" }).lowercased() }
    }
  }

  private static func escaped(_ tag: String) -> String {
    tag.map { $0 == "&" ? "&amp;" : $0 == "<" ? "&lt;" : $0 == ">" ? "&gt;" : String($0) }.joined()
  }
}

/// Hashes an answer without keeping it.
private final class DigestSink: HTTPSink {
  let stream = DigestStream()
  func receive(_ bytes: UnsafeRawBufferPointer) throws(HTTPSinkRefusal) { stream.add(bytes) }
}
