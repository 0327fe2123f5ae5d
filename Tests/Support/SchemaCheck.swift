package import Redis
import Trading

/// Holds what a run has left in Redis against `streams-schema/`, both ways.
package struct SchemaCheck {
    /// Keys without a family, unknown fields, values that no pattern allows; each shape once.
    package private(set) var problems: [String] = []
    /// How often each problem was met.
    package private(set) var counts: [String: Int] = [:]
    /// Fields that no entry and no hash had, as `exits.attempt`; of families that were met.
    package private(set) var unseenFields: [String] = []
    /// Schemas of which nothing was met.
    package private(set) var unseenFamilies: [String] = []
    package private(set) var keys = 0
    package private(set) var entries = 0

    private let schemas: Schemas
    private let connection: RedisConnection
    private let entriesPerStream: Int
    private var seen: [String: Set<String>] = [:]
    /// Values that were allowed before: prices and names repeat, and patterns are slow.
    private var allowed: [String: Set<String>] = [:]

    /// Looks at every key that begins with `sq:` and at the first and the last entries of each
    /// stream.
    ///
    /// - Parameter entriesPerStream: at most so many of a stream, half from each end.
    package static func run(
        _ endpoint: RedisEndpoint, credentials: RedisCredentials? = nil,
        entriesPerStream: Int = 2_000
    ) throws -> SchemaCheck {
        var check = SchemaCheck(
            schemas: try Schemas(),
            connection: try .connect(to: endpoint, credentials: credentials),
            entriesPerStream: entriesPerStream)
        try check.run()
        return check
    }

    private init(schemas: Schemas, connection: RedisConnection, entriesPerStream: Int) {
        self.schemas = schemas
        self.connection = connection
        self.entriesPerStream = entriesPerStream
    }

    private mutating func run() throws {
        for key in try allKeys() { try look(at: key) }
        for schema in schemas.all {
            guard let names = seen[schema.name] else {
                unseenFamilies.append(schema.name)
                continue
            }
            let described = Set(schema.properties.keys)
                .union(schema.patternProperties.map { $0.text })
            unseenFields += described.subtracting(names).sorted().map { "\(schema.name).\($0)" }
        }
    }

    private func allKeys() throws -> [String] {
        var keys: Set<String> = []
        var cursor = "0"
        repeat {
            let reply = try connection.call(
                RedisCommand("SCAN", cursor, "MATCH", "sq:*", "COUNT", 1_000)
            ).asArray
            cursor = try reply[0].asString
            keys.formUnion(try reply[1].asStrings)
        } while cursor != "0"
        return keys.sorted()
    }

    private mutating func look(at key: String) throws {
        let type = try connection.call(RedisCommand("TYPE", key)).asString
        // It expired since it was found.
        if type == "none" { return }
        keys += 1
        let families = schemas.families(of: key)
        guard let schema = families.first, families.count == 1 else {
            return report("\(key): \(families.isEmpty ? "no" : "more than one") family")
        }
        guard schema.type == type else {
            return report("\(schema.name): \(key) is a \(type), not a \(schema.type)")
        }
        switch type {
        case "hash": check(try pairs(RedisCommand("HGETALL", key)), schema)
        case "zset":
            check(try pairs(RedisCommand("ZRANGE", key, 0, -1, "WITHSCORES")), schema)
        case "stream": try lookAtStream(key, schema)
        case "set": check(try texts(RedisCommand("SMEMBERS", key)), schema)
        case "list": check(try texts(RedisCommand("LRANGE", key, 0, -1)), schema)
        default: check([try connection.call(RedisCommand("GET", key)).asString], schema)
        }
    }

    private mutating func lookAtStream(_ key: String, _ schema: Schema) throws {
        let half = max(1, entriesPerStream / 2)
        var rows = try connection.call(RedisCommand("XRANGE", key, "-", "+", "COUNT", half)).asArray
        rows += try connection.call(RedisCommand("XREVRANGE", key, "+", "-", "COUNT", half)).asArray
        for row in rows {
            entries += 1
            let fields = Self.fields(try row.asArray[1].asPairs)
            guard let entry = schemas.schema(of: fields, in: schema, key: key) else {
                report("\(schema.name): unknown kind '\(fields["kind"] ?? "")'")
                continue
            }
            check(fields, entry)
        }
    }

    private func pairs(_ command: RedisCommand) throws -> Fields {
        Self.fields(try connection.call(command).asPairs)
    }

    private func texts(_ command: RedisCommand) throws -> [String] {
        try connection.call(command).asStrings
    }

    private static func fields(_ pairs: [(name: String, value: String)]) -> Fields {
        Fields(pairs.map { Fields.Pair(name: $0.name, value: $0.value) })
    }
}

extension SchemaCheck {
    private mutating func check(_ fields: Fields, _ schema: Schema) {
        seen[schema.name, default: []].formUnion([])
        for name in schema.required where fields[name] == nil {
            report("\(schema.name): '\(name)' is missing")
        }
        for pair in fields.pairs {
            guard let rule = schema.rule(for: pair.name) else {
                report("\(schema.name): unknown field '\(pair.name)'")
                continue
            }
            let name = schema.describedName(of: pair.name)
            seen[schema.name, default: []].insert(name)
            check(pair.value, rule, of: "\(schema.name).\(name)")
        }
    }

    private mutating func check(_ values: [String], _ schema: Schema) {
        seen[schema.name, default: []].formUnion([])
        guard let rule = schema.value else { return }
        for value in values { check(value, rule, of: schema.name) }
    }

    private mutating func check(_ value: String, _ rule: Schema.Rule, of place: String) {
        if allowed[place]?.contains(value) == true { return }
        if rule.allows(value) {
            allowed[place, default: []].insert(value)
        } else {
            report("\(place): '\(value.prefix(80))' is not allowed", as: place)
        }
    }

    /// One line for each shape of a problem, with its first example.
    private mutating func report(_ problem: String, as shape: String? = nil) {
        let shape = shape ?? problem
        if counts[shape] == nil { problems.append(problem) }
        counts[shape, default: 0] += 1
    }
}
