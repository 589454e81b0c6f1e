import Documents

/// A Markdown table whose columns are as wide as their widest cell.
struct ReferenceTable {
  private var rows: [[String]] = []
  private let heads: [String]

  init(_ heads: [String], _ rows: [[String]]) {
    (self.heads, self.rows) = (heads, rows)
  }

  /// Every key of an object and of what stands in it.
  init(_ fields: [Field]) {
    heads = ["Key", "Type", "Default", "Change", "Effect", "Meaning"]
    add(fields, at: "", replaces: false)
  }

  var text: String {
    let cells = [heads] + rows
    let widths = heads.indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
    func line(_ row: [String]) -> String {
      let padded = zip(row, widths).map { cell, width in cell + String(repeating: " ", count: width - cell.count) }
      return "| \(padded.joined(separator: " | ")) |"
    }
    let rule = line(widths.map { String(repeating: "-", count: $0) })
    return ([line(heads), rule] + rows.map(line)).joined(separator: "\n")
  }

  /// What each value of the tag means, and the options that it brings.
  static func options(of variant: Variant, at path: String) -> String {
    let common = variant.common.map { "`\($0.name)`" }.joined(separator: ", ")
    let rows = variant.cases.flatMap { form -> [[String]] in
      let first = ["`\(form.name)`", "", "", "", escaped(form.summary)]
      return [first]
        + form.fields.map { ["", "`\($0.name)`", $0.shape.spoken, $0.defaultCell, escaped($0.meaning)] }
    }
    let table = ReferenceTable(["`\(variant.tag)`", "Option", "Type", "Default", "Meaning"], rows)
    return """
      ### `\(path)`

      One of `\(variant.tag)` and `\(variant.alternative.name)`. Every \(variant.tag) also takes \(common).

      \(table.text)
      """
  }

  private mutating func add(_ fields: [Field], at path: String, replaces: Bool) {
    for field in fields {
      let key = path.isEmpty ? field.name : "\(path).\(field.name)"
      let isReplacing = replaces || field.replaces
      rows.append([
        "`\(key)`", field.shape.spoken, field.defaultCell, isReplacing ? "replaces" : "in place", field.effectCell,
        Self.escaped(field.meaning),
      ])
      add(field.shape, at: key, isReplacing)
    }
  }

  private mutating func add(_ shape: Shape, at path: String, _ replaces: Bool) {
    switch shape {
    case .object(let fields): add(fields, at: path, replaces: replaces)
    case .list(let member), .set(let member): add(member, at: "\(path)[]", replaces)
    case .map(let member, let name, _): add(member, at: "\(path).<\(name)>", replaces)
    case .variant(let variant):
      add([variant.tagField, variant.alternative] + variant.common, at: path, replaces: replaces)
    default: break
    }
  }

  private static func escaped(_ text: String) -> String { text.replacing("|", with: "\\|") }
}

extension String {
  fileprivate func replacing(_ mark: Character, with text: String) -> String {
    reduce(into: "") { $0 += $1 == mark ? text : String($1) }
  }
}

extension Variant {
  fileprivate var tagField: Field {
    Field(tag, .choice(cases.map(\.name)), effectOfAll, "What is done; the table below has the options.")
  }

  private var effectOfAll: [Field.Trait] {
    if case .copying = alternative.effect { [.copying] } else { [] }
  }
}

extension Field {
  fileprivate var defaultCell: String {
    switch presence {
    case .required: "required"
    case .requiredUnless(let other, let value): "required unless `\(other): \(value)`"
    case .optional: fallback.map { "`\(JSON.canonical($0))`" } ?? ""
    }
  }

  fileprivate var effectCell: String {
    switch effect {
    case .immediate: "now"
    case .copying: "copies"
    case .none: "none"
    }
  }

  /// The summary with other spellings and with what `Effect` has no room for.
  fileprivate var meaning: String {
    var sentences = [summary]
    if case .none(let reason) = effect { sentences.append("No effect: \(reason).") }
    if !aliases.isEmpty { sentences.append("Also spelled \(aliases.map { "`\($0)`" }.joined(separator: ", ")).") }
    if let other = contentsGoTo { sentences.append("Excludes `\(other)`.") }
    if case .map(_, _, let listKey?) = shape { sentences.append("By name, or a list of members with `\(listKey)`.") }
    return sentences.joined(separator: " ")
  }
}

extension Shape {
  /// "text", "1 to 256", "one of `s3`, `local`": the type as the tables name it.
  fileprivate var spoken: String {
    switch self {
    case .text: "text"
    case .prose: "plain text"
    case .integer(let range):
      range.upperBound == .max ? "whole number from \(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
    case .number(let range): "number, \(Shape.short(range.lowerBound)) to \(Shape.short(range.upperBound))"
    case .boolean: "true or false"
    case .choice(let words): words.count > 7 ? "word" : words.map { "`\($0)`" }.joined(separator: ", ")
    case .date: "day"
    case .duration: "duration"
    case .path: "path"
    case .secret: "secret"
    case .connectionURL: "database URL"
    case .storeURL: "`sqlite:PATH` or database URL"
    case .reference(let kind), .observedReference(let kind): "name of a \(kind)"
    case .scalar: "any scalar"
    case .list(let member), .set(let member): "list: \(member.spoken)"
    case .map(_, let name, _): "\(name)s by name"
    case .object: "keys"
    case .variant: "keys"
    }
  }

  private static func short(_ number: Double) -> String { JSON.canonical(.number(number)) }
}
