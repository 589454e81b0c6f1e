/// Masks the leaves of JSON documents (`json`, `jsonb`) that lie under some paths; every other byte of the document
/// stays as it is, so `json` keeps its white space and the order of its keys.
///
/// A path is a list of keys. Arrays on the way are walked through. Where it ends at an object or an array, every string
/// and number below is masked: what was declared to be personal is so as a whole. Where it leads nowhere nothing
/// happens; `true`, `false` and `null` stay. Of one key that occurs twice both values are masked.
public struct JSONPathMask: Mask {
  let root: JSONPathNode

  public init(_ paths: [(path: [String], mask: any Mask)]) { root = JSONPathNode(paths.map { ($0.path, $0.mask) }) }

  /// What leaks out of a document has to be looked for leaf by leaf (`leaves`): the document itself differs by one
  /// leaf already.
  public var traits: MaskTraits {
    let masks = root.masks
    return MaskTraits(
      isDeterministic: masks.allSatisfy(\.traits.isDeterministic), uniqueness: .lossy, leak: .off,
      readsRowKey: masks.contains(where: \.traits.readsRowKey))
  }

  public func mask(
    _ value: UnsafeRawBufferPointer, in row: MaskedRow, into sink: inout ByteSink
  ) throws(MaskFailure) {
    var walk = JSONWalk(value)
    var scratch = ByteSink(capacity: 0)
    var copied = 0
    try walk.run(root, &scratch) { (leaf, original, mask, scratch) throws(MaskFailure) in
      sink.append(UnsafeRawBufferPointer(rebasing: value[copied..<leaf.start]))
      copied = leaf.end
      if mask.traits.makesNull { return sink.append("null") }
      let before = sink.count
      // Most masks are strings without escapes: those are written once, quotes around them.
      if !leaf.isNumber { sink.append(UInt8(ascii: "\"")) }
      try mask.mask(original, in: row, into: &sink)
      if leaf.isNumber {
        if !JSONWalk.isNumber(sink.bytes(from: before)) { JSONText.quote(&sink, from: before, over: &scratch) }
      } else if JSONText.isPlain(sink.bytes(from: before + 1)) {
        sink.append(UInt8(ascii: "\""))
      } else {
        JSONText.quote(&sink, from: before, leaving: 1, over: &scratch)
      }
    }
    sink.append(UnsafeRawBufferPointer(rebasing: value[copied...]))
  }

  public func recognises(_ value: UnsafeRawBufferPointer) -> Bool {
    var walk = JSONWalk(value)
    var scratch = ByteSink(capacity: 0)
    var isKnown = true
    do throws(MaskFailure) {
      try walk.run(root, &scratch) { (_, found, mask, _) throws(MaskFailure) in
        isKnown = isKnown && !mask.traits.makesNull && mask.recognises(found)
      }
      return isKnown
    } catch { return false }
  }

  /// Every leaf under the paths with its mask, as text without JSON's escapes: for the checks that look for originals.
  public func leaves(
    of value: UnsafeRawBufferPointer, _ each: (UnsafeRawBufferPointer, any Mask) -> Void
  ) throws(MaskFailure) {
    var walk = JSONWalk(value)
    var scratch = ByteSink(capacity: 0)
    try walk.run(root, &scratch) { (_, found, mask, _) throws(MaskFailure) in each(found, mask) }
  }
}

/// The paths of a column as a tree of keys.
final class JSONPathNode: Sendable {
  let children: [(key: [UInt8], node: JSONPathNode)]
  /// Where a path ends: what masks everything from here on.
  let mask: (any Mask)?

  init(_ paths: [(path: [String], mask: any Mask)]) {
    mask = paths.first { $0.path.isEmpty }?.mask
    var keys: [String] = []
    for path in paths { if let key = path.path.first, !keys.contains(key) { keys.append(key) } }
    children = keys.map { key in
      let below = paths.filter { $0.path.first == key }.map { (path: Array($0.path.dropFirst()), mask: $0.mask) }
      return (Array(key.utf8), JSONPathNode(below))
    }
  }

  var masks: [any Mask] { (mask.map { [$0] } ?? []) + children.flatMap(\.node.masks) }

  func child(_ key: UnsafeRawBufferPointer) -> JSONPathNode? {
    for child in children where child.key.count == key.count {
      if child.key.withUnsafeBytes({ $0.isSame(as: key) }) { return child.node }
    }
    return nil
  }
}
