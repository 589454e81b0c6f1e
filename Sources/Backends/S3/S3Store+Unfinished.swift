import HTTP
public import Reconciliation

/// Uploads in parts that nobody has completed.
extension S3Store {
  /// ListMultipartUploads, all pages.
  public func unfinished(under prefix: ObjectKey?) throws(ObjectStoreError) -> [UnfinishedUpload] {
    var (uploads, marker) = ([UnfinishedUpload](), UnfinishedPage.Marker?.none)
    repeat {
      let page = try unfinishedPage(below: prefix.map { "\($0)/" } ?? "", after: marker)
      uploads += page.uploads
      guard page.next == nil || page.next != marker else {
        throw ObjectStoreError(.failed, "list unfinished uploads in", title, "the server repeats itself")
      }
      marker = page.next
    } while marker != nil
    return uploads
  }

  /// AbortMultipartUpload.
  public func giveUp(_ upload: UnfinishedUpload) throws(ObjectStoreError) {
    let call = call(toGiveUp: upload)
    do throws(ObjectStoreError) { _ = try again(call) { () throws(S3Problem) in try tidy(call) } } catch {
      if error.kind != .missing { throw error }
    }
  }

  func call(toGiveUp upload: UnfinishedUpload) -> S3Call {
    var call = S3Call(.delete, upload.name, "give up", "\(title)/\(upload.name)")
    call.query = [(name: "uploadId", value: upload.id)]
    return call
  }

  private func unfinishedPage(
    below: String, after marker: UnfinishedPage.Marker?
  ) throws(ObjectStoreError) -> UnfinishedPage {
    var call = S3Call(.get, nil, "list unfinished uploads in", "\(title)/\(below)")
    call.query = [(name: "uploads", value: ""), (name: "prefix", value: place.key(below))]
    if let marker {
      call.query += [(name: "key-marker", value: marker.key), (name: "upload-id-marker", value: marker.id)]
    }
    let answer = try again(call) { () throws(S3Problem) in try send(call) }
    // Some servers answer a question that they do not know with a list of the bucket.
    guard let list = XMLElement(answer.body), list.name == "ListMultipartUploadsResult" else {
      throw call.problem(.damaged, "the answer is no list of uploads").error
    }
    var page = UnfinishedPage()
    for entry in list.all("Upload") {
      guard let key = entry["Key"]?.text, let id = entry["UploadId"]?.text, !id.isEmpty else {
        throw call.problem(.damaged, "the list has an upload without key or id").error
      }
      if let name = place.name(key) { page.uploads.append(UnfinishedUpload(name: name, id: id)) }
    }
    guard list["IsTruncated"]?.text == "true" else { return page }
    guard let key = list["NextKeyMarker"]?.text, !key.isEmpty, let id = list["NextUploadIdMarker"]?.text else {
      throw call.problem(.damaged, "the list is cut, and the server does not say how to go on").error
    }
    page.next = UnfinishedPage.Marker(key: key, id: id)
    return page
  }
}

/// At most a thousand of them.
private struct UnfinishedPage {
  struct Marker: Hashable {
    var key, id: String
  }

  var uploads: [UnfinishedUpload] = []
  var next: Marker?
}
