public import Documents
public import Reconciliation

extension Target {
  public static func check(_ object: Declared, in declaration: Declaration) -> [Diagnostic] {
    let spec = object.spec
    var found: [Diagnostic] = []
    if spec["snapshot", "src_url"] == nil, spec["source"] == nil { found.append(noSource(object)) }
    for (url, block) in [("src_url", "source"), ("dst_url", "destination")]
    where spec["snapshot", url] != nil && spec[block] != nil {
      found.append(twice(url, block, object))
    }
    if let name = spec["destination", "environment"]?.string {
      let environment = declaration[Address("environment", name)]
      if environment?.spec["readonly"]?.bool == true { found.append(readOnlyDestination(name, object)) }
    }
    if let budget = spec["refresh", "disk_budget"]?.string, ByteCount.bytes(budget) == nil {
      found.append(badBudget(budget, object))
    }
    found += maintenanceDatabase(object)
    return found + schemaNames(object) + texts(of: object).compactMap { $0.defect(of: object, declaration.memo) }
  }

  /// A run is connected to it for as long as it works, and PostgreSQL copies no template that somebody is connected to
  /// (manual, CREATE DATABASE, "Notes").
  private static func maintenanceDatabase(_ object: Declared) -> [Diagnostic] {
    let name = object.spec["refresh", "maintenance_db"]?.string ?? "postgres"
    if name == object.spec["refresh", "template"]?.string { return [ownTemplate(name, object)] }
    return name == "template1" ? [everybodysTemplate(object)] : []
  }

  private static func schemaNames(_ object: Declared) -> [Diagnostic] {
    let schemas = object.spec["snapshot", "schema_config"]
    let excluded = schemas?["exclude_schemas"]?.list?.compactMap(\.string) ?? []
    let included = schemas?["include_schemas"]?.list?.compactMap(\.string) ?? []
    var found = included.filter(excluded.contains).map { includedAndExcluded($0, object) }
    for (key, names) in [("include_schemas", included), ("exclude_schemas", excluded)] {
      for name in names {
        guard let problem = PostgreSQLName.problem(with: name) else { continue }
        found.append(impossibleName(name, problem, at: "snapshot.schema_config.\(key)", object))
      }
    }
    return found
  }
}

extension Target {
  fileprivate static func badBudget(_ text: String, _ object: Declared) -> Diagnostic {
    Diagnostic(
      .error, "bad_size", "\(Diagnostic.quoted(text)) is no amount of disk",
      at: object.place(of: "refresh.disk_budget"), label: "write it like 200GB, 512MB or 1TiB")
  }

  fileprivate static func ownTemplate(_ name: String, _ object: Declared) -> Diagnostic {
    Diagnostic(
      .error, "contradiction", "`refresh.maintenance_db` and `refresh.template` are both \(Diagnostic.quoted(name))",
      at: object.place(of: "refresh.template"), label: "one of them has to be another database",
      notes: ["a run is connected to it while it works, and no template is copied that somebody is connected to"])
  }

  fileprivate static func everybodysTemplate(_ object: Declared) -> Diagnostic {
    Diagnostic(
      .warning, "maintenance_template", "`refresh.maintenance_db` is what new databases of the server are made of",
      at: object.place(of: "refresh.maintenance_db"), label: "name another database, such as postgres",
      notes: ["as long as a copy is being made, nobody can CREATE DATABASE there without naming another template"])
  }

  fileprivate static func noSource(_ object: Declared) -> Diagnostic {
    Diagnostic(
      .error, "missing_key", "the target `\(object.address.name)` has no source", at: object.place,
      notes: ["give it `snapshot.src_url`, or `source: {environment: NAME}`"])
  }

  fileprivate static func twice(_ url: String, _ block: String, _ object: Declared) -> Diagnostic {
    Diagnostic(
      .error, "exclusive_keys", "`snapshot.\(url)` and `\(block)` exclude each other", at: object.place(of: block),
      label: "give one of them")
  }

  fileprivate static func readOnlyDestination(_ name: String, _ object: Declared) -> Diagnostic {
    Diagnostic(
      .error, "readonly_destination", "the environment `\(name)` is `readonly` and cannot be a destination",
      at: object.place(of: "destination.environment"))
  }

  fileprivate static func impossibleName(
    _ name: String, _ problem: String, at path: String, _ object: Declared
  ) -> Diagnostic {
    Diagnostic(
      .error, "impossible_name", "no schema of PostgreSQL can be called `\(name)`: \(problem)",
      at: object.place(of: path))
  }

  fileprivate static func includedAndExcluded(_ schema: String, _ object: Declared) -> Diagnostic {
    Diagnostic(
      .error, "contradiction", "the schema `\(schema)` is both included and excluded",
      at: object.place(of: "snapshot.schema_config.exclude_schemas"), label: "take one of them away")
  }
}
