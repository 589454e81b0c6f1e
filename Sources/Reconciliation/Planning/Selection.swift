/// Which objects a command is about, by patterns of their addresses: `target.prod_*`, `sso_group.?`.
///
/// `*` stands for any characters, also none and also dots, `?` for one; everything else for itself.
public struct Selection: Sendable, Hashable {
  /// Sorted, each once, so that the order on the command line makes no other plan.
  public let only: [String]
  public let except: [String]

  public static let everything = Selection()

  public init(only: [String] = [], except: [String] = []) {
    self.only = Set(only).sorted()
    self.except = Set(except).sorted()
  }

  public var isEverything: Bool { only.isEmpty && except.isEmpty }

  public func contains(_ address: Address) -> Bool {
    if isEverything { return true }
    let text = address.description
    let isNamed = only.isEmpty || only.contains { Selection.matches(text, $0) }
    return isNamed && !except.contains { Selection.matches(text, $0) }
  }

  /// The flag that leaves an address out.
  func flag(leavingOut address: Address) -> String {
    except.contains { Selection.matches(address.description, $0) } ? "--except" : "--only"
  }

  /// Patterns that match none of the addresses; most likely they are misspelled.
  public func unmatched(among addresses: some Sequence<Address>) -> [String] {
    var rest = only + except
    for address in addresses where !rest.isEmpty {
      let text = address.description
      rest.removeAll { Selection.matches(text, $0) }
    }
    return rest
  }

  /// Goes back to the last `*` only, which suffices, so that no pattern takes longer than text times pattern.
  static func matches(_ text: String, _ pattern: String) -> Bool {
    let (text, pattern) = (Array(text.unicodeScalars), Array(pattern.unicodeScalars))
    var (at, step) = (0, 0)
    var retry: (pattern: Int, text: Int)?
    while at < text.count {
      if step < pattern.count, pattern[step] == "*" {
        retry = (step, at)
        step += 1
      } else if step < pattern.count, pattern[step] == "?" || pattern[step] == text[at] {
        (at, step) = (at + 1, step + 1)
      } else if let last = retry {
        retry = (last.pattern, last.text + 1)
        (at, step) = (last.text + 1, last.pattern + 1)
      } else {
        return false
      }
    }
    return pattern[step...].allSatisfy { $0 == "*" }
  }
}

/// What a plan leaves out because only some objects were asked for.
public struct PartialPlan: Sendable, Hashable {
  public let selection: Selection
  /// Actions that the whole plan has and this one has not.
  public let leftOut: Int
  /// Objects that selected ones depend on, and whose own change is left out.
  public let pending: [Address]
  /// Why the plan cannot be carried out without what it leaves out; a sentence each.
  public let unmet: [String]

  init(selection: Selection, leftOut: Int, pending: [Address], unmet: [String] = []) {
    self.selection = selection
    self.leftOut = leftOut
    self.pending = pending
    self.unmet = unmet
  }

  init(_ selection: Selection, of all: [Action], uses: (Action) -> [Address]) {
    let inside = all.filter { selection.contains($0.address) }
    let outside = all.filter { !selection.contains($0.address) }
    let verbs = Dictionary(outside.filter { $0.verb != .refresh }.map { ($0.address, $0.verb) }) { first, _ in first }
    var (pending, unmet): (Set<Address>, [String]) = ([], [])
    for action in inside where action.verb != .delete && action.verb != .refresh {
      for needed in Set(action.after).sorted() {
        guard let verb = verbs[needed] else { continue }
        pending.insert(needed)
        if verb == .create {
          unmet.append("\(action.address) needs \(needed), which \(selection.flag(leavingOut: needed)) leaves out")
        }
      }
    }
    let removed = Set(inside.filter { $0.verb == .delete }.map(\.address))
    for action in outside where !removed.isEmpty {
      for used in Set(uses(action)).intersection(removed).sorted() {
        let flag = selection.flag(leavingOut: action.address)
        unmet.append("\(used) cannot be deleted while \(action.address) uses it, whose change \(flag) leaves out")
      }
    }
    self.init(selection: selection, leftOut: outside.count, pending: pending.sorted(), unmet: unmet)
  }
}

extension Declaration {
  /// The selected objects and all that they refer to, near and far.
  public func closure(of selection: Selection) -> Set<Address> {
    var found: Set<Address> = []
    var waiting = objects.map(\.address).filter(selection.contains)
    while let address = waiting.popLast() {
      guard found.insert(address).inserted else { continue }
      waiting += self[address]?.references.map(\.to) ?? []
    }
    return found
  }
}
