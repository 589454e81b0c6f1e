public import Runtime

/// A URL with its variables put in: what is needed to open a connection, for the moment in which it is opened.
public struct ResolvedURL: Sendable {
  /// libpq's keywords and values, without the password.
  public let parameters: [String: String]
  public let password: Secret?
}

extension ConnectionURL {
  /// Why a URL cannot be used, as a sentence that holds nothing of a secret.
  public struct Unresolvable: Error, Sendable, Hashable {
    public let reason: String
  }

  /// Reads the normal form of a URL and puts the values of its variables in.
  ///
  /// - Parameters:
  ///   - literal: the password that stands in the file itself, which the normal form does not hold.
  ///   - place: where the URL stands, for the sentence about a variable that is not set.
  ///   - file: a path of the declaration as the process can open it.
  public static func resolve(
    _ text: String, literal: Secret?, place: String, variable: @escaping (String) -> String?,
    file: (String) -> String
  ) throws(Unresolvable) -> ResolvedURL {
    let values = Values(place: place, variable: variable)
    var url = try parsed(values.template(text))
    // What the variable holds is taken to the letter: a password may hold `${`.
    if let whole = url.whole { url = try parsed(Template(text: try values.text(whole))) }
    let parameters = try url.parameters(values, file)
    if let literal {
      let template = try literal.withValue { text throws(Unresolvable) -> Template in try values.template(text) }
      return ResolvedURL(parameters: parameters, password: Secret(try values.text(template)))
    }
    guard let password = url.password else { return ResolvedURL(parameters: parameters, password: nil) }
    return ResolvedURL(parameters: parameters, password: Secret(try values.text(password)))
  }

  private static func parsed(_ template: Template) throws(Unresolvable) -> ConnectionURL {
    do { return try ConnectionURL(template) } catch {
      throw Unresolvable(reason: "the URL cannot be read: \(error.reason)")
    }
  }

  private func parameters(_ values: Values, _ file: (String) -> String) throws(Unresolvable) -> [String: String] {
    var result: [String: String] = [:]
    for parameter in parameters {
      let value = try values.text(parameter.value)
      let isFile = ConnectionURL.fileKeywords.contains(parameter.keyword) && value != "system"
      result[parameter.keyword] = isFile ? file(value) : value
    }
    if let user { result["user"] = try values.text(user) }
    if let database { result["dbname"] = try values.text(database) }
    var (names, ports): ([String], [String]) = ([], [])
    for host in hosts {
      names.append(try values.text(host.name))
      ports.append(try values.text(host.port ?? Template(text: "5432")))
    }
    if !names.allSatisfy(\.isEmpty) { result["host"] = names.joined(separator: ",") }
    if !ports.isEmpty, result["port"] == nil { result["port"] = ports.joined(separator: ",") }
    return result
  }

  /// The values of variables, with the sentence about one that is not set.
  private struct Values {
    let place: String
    let variable: (String) -> String?

    func template(_ text: String) throws(Unresolvable) -> Template {
      do { return try Template(text) } catch { throw Unresolvable(reason: error.reason) }
    }

    func text(_ template: Template) throws(Unresolvable) -> String {
      do { return try template.resolved(by: variable) } catch {
        throw Unresolvable(reason: "the variable \(error.name) is not set (\(place))")
      }
    }
  }
}
