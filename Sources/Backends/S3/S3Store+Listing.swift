import HTTP
public import Reconciliation

extension S3Store {
  /// ListObjectsV2: at most a thousand objects.
  public func page(under prefix: ObjectKey?, after token: String?) throws(ObjectStoreError) -> ObjectPage {
    let below = prefix.map { "\($0)/" } ?? ""
    var call = S3Call(.get, nil, "list", "\(title)/\(below)")
    call.query = [(name: "list-type", value: "2"), (name: "prefix", value: place.key(below))]
    if let token { call.query.append((name: "continuation-token", value: token)) }
    let answer = try again(call) { () throws(S3Problem) in try send(call) }
    guard let list = XMLElement(answer.body), list.name == "ListBucketResult",
      let isCut = list["IsTruncated"].map({ $0.text == "true" })
    else { throw call.problem(.damaged, "the answer is no list of a bucket").error }
    let next = list["NextContinuationToken"]?.text
    // A list that ends without its end is no list: what is missing would be taken for removed.
    guard !isCut || next?.isEmpty == false else {
      throw call.problem(.damaged, "the list is cut, and the server does not say how to go on").error
    }
    var objects: [ObjectInfo] = []
    for entry in list.all("Contents") {
      guard let key = entry["Key"]?.text, let bytes = entry["Size"].flatMap({ Int($0.text) }) else {
        throw call.problem(.damaged, "the list has an entry without key or size").error
      }
      // An object whose key ends in a slash is how some programs write a folder.
      if let name = place.name(key), !name.hasSuffix("/") { objects.append(ObjectInfo(name: name, bytes: bytes)) }
    }
    return ObjectPage(objects: objects, next: isCut ? next : nil)
  }
}
