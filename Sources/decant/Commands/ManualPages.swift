import ArgumentParser
import Documents
import Reconciliation

/// `docs/man/decant.1` and a page for each command below it, from the commands themselves, in mdoc(7).
enum ManualPages {
  static var all: [(path: String, text: String)] {
    // What the parser tells about the commands is JSON of its own; nothing but a broken build makes it unreadable.
    guard let help = try? JSON.read(Array(DecantCommand._dumpHelp().utf8)), let root = help["command"] else {
      return []
    }
    return pages(of: root, named: "decant")
  }

  private static func pages(of command: Value, named name: String) -> [(path: String, text: String)] {
    let children = (command["subcommands"]?.list ?? []).filter { $0["commandName"] != "help" }
    let page = ManualPage(command: command, name: name, children: children)
    return [("docs/man/\(name).1", page.text)]
      + children.flatMap { pages(of: $0, named: "\(name)-\($0["commandName"]?.string ?? "")") }
  }
}

/// The page of one command.
private struct ManualPage {
  let command: Value
  /// `decant-audit-log`
  let name: String
  let children: [Value]

  var text: String {
    let parts = [
      heading, synopsis, description, list("COMMANDS", commands), list("ARGUMENTS", positionals),
      list("OPTIONS", options), exitStatus, seeAlso,
    ]
    return parts.filter { !$0.isEmpty }.map { $0 + "\n" }.joined()
  }

  private var arguments: [Value] { (command["arguments"]?.list ?? []).filter { $0["shouldDisplay"] != false } }
  private var words: String { name.replacing("-", with: " ") }

  private var heading: String {
    let abstract = Roff.text(command["abstract"]?.string ?? "").trimmedFullStop
    return """
      .\\" Written by `decant schema --write`.
      .Dd \(VersionCommand.date)
      .Dt \(name.uppercased()) 1
      .Os "Decant \(VersionCommand.version)"
      .Sh NAME
      .Nm \(name)
      .Nd \(abstract.prefix(1).lowercased() + abstract.dropFirst())
      """
  }

  private var synopsis: String {
    var lines = [".Sh SYNOPSIS", ".Nm \(words)"]
    if !children.isEmpty { lines.append(".Ar command") }
    if !options.isEmpty { lines.append(".Op Ar options") }
    for argument in arguments where argument["kind"] == "positional" {
      let value = Roff.argument(argument["valueName"]?.string ?? "value")
      let repeated = argument["isRepeating"] == true ? " ..." : ""
      lines.append(argument["isOptional"] == true ? ".Op Ar \(value)\(repeated)" : ".Ar \(value)\(repeated)")
    }
    return lines.joined(separator: "\n")
  }

  private var description: String {
    let texts = [command["abstract"]?.string, command["discussion"]?.string].compactMap { $0 }
    return ".Sh DESCRIPTION\n" + texts.map(Roff.paragraph).joined(separator: "\n.Pp\n")
  }

  private func list(_ title: String, _ items: [String]) -> String {
    items.isEmpty ? "" : ([".Sh \(title)", ".Bl -tag -width Ds"] + items + [".El"]).joined(separator: "\n")
  }

  private var commands: [String] {
    children.map { child in
      ".It Xr \(name)-\(child["commandName"]?.string ?? "") 1\n\(Roff.paragraph(child["abstract"]?.string ?? ""))"
    }
  }

  private var positionals: [String] {
    arguments.filter { $0["kind"] == "positional" }.map {
      ".It Ar \(Roff.argument($0["valueName"]?.string ?? "value"))\n\(Roff.paragraph($0["abstract"]?.string ?? ""))"
    }
  }

  private var options: [String] { arguments.filter { $0["kind"] != "positional" }.map(option) }

  private func option(_ argument: Value) -> String {
    let value = argument["kind"] == "option" ? " Ar \(Roff.argument(argument["valueName"]?.string ?? "value"))" : ""
    let names = (argument["names"]?.list ?? []).map { name in
      "Fl \(name["kind"] == "long" ? "-" : "")\(Roff.argument(name["name"]?.string ?? ""))\(value)"
    }
    var sentences = [argument["abstract"]?.string ?? ""]
    if let values = argument["allValues"]?.list?.compactMap(\.string), argument["kind"] == "option", !values.isEmpty {
      sentences.append("One of \(values.joined(separator: ", ")).")
    }
    if let fallback = argument["defaultValue"]?.string, argument["kind"] == "option" {
      sentences.append(fallback == "-" ? "Without a name, or with -, standard output." : "Default: \(fallback).")
    }
    return
      ".It \(names.joined(separator: " , "))\n\(Roff.paragraph(sentences.filter { !$0.isEmpty }.joined(separator: " ")))"
  }

  private var exitStatus: String {
    let items = ExitStatus.allCases.map { ".It \($0.rawValue)\n\(Roff.paragraph($0.meaning))" }
    return list("EXIT STATUS", items)
  }

  private var seeAlso: String {
    guard name != "decant" else { return "" }
    let parts = name.split(separator: "-")
    let parents = (1..<parts.count).map { parts[..<$0].joined(separator: "-") }
    return ".Sh SEE ALSO\n" + parents.map { ".Xr \($0) 1" }.joined(separator: " ,\n")
  }
}

/// Text for mdoc(7): nothing in it is a request or an escape, and each sentence begins a line.
private enum Roff {
  static func text(_ text: String) -> String {
    let safe = text.replacing("\\", with: "\\e").replacing("`", with: "\\(ga").replacing("…", with: "...")
    return safe.hasPrefix(".") || safe.hasPrefix("'") ? "\\&\(safe)" : safe
  }

  /// One word behind a macro; there, a word that is itself a macro's name or a hyphen's beginning acts.
  static func argument(_ word: String) -> String {
    let safe = text(word).replacing(" ", with: "\\ ")
    return safe.count <= 2 ? "\\&\(safe)" : safe
  }

  static func paragraph(_ text: String) -> String {
    var lines: [String] = []
    for sentence in sentences(of: text) { lines += Text.wrapped(sentence, to: 78).map(Roff.text) }
    return lines.filter { !$0.isEmpty }.joined(separator: "\n")
  }

  /// Broken where a full stop and a space are followed by a capital letter or a backquote.
  private static func sentences(of text: String) -> [String] {
    var (sentences, current): ([String], [Substring]) = ([], [])
    for word in text.split(whereSeparator: \.isWhitespace) {
      if let last = current.last, last.hasSuffix("."), word.first?.isUppercase == true || word.first == "`" {
        sentences.append(current.joined(separator: " "))
        current = []
      }
      current.append(word)
    }
    return sentences + (current.isEmpty ? [] : [current.joined(separator: " ")])
  }
}

extension String {
  fileprivate var trimmedFullStop: String { hasSuffix(".") ? String(dropLast()) : self }
}
