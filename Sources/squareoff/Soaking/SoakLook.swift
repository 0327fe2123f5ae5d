import MessageBus
import Redis
import Trading
import Workers

/// What a soak asks of the server beside its work.
struct SoakLook {
    private let connection: RedisConnection
    private static let streams = [SoakRoute.first, SoakRoute.second, SoakRoute.last]
    private static let stages = [StageName.hub, StageName.handler]

    init(_ connection: RedisConnection) { self.connection = connection }

    func usedMemory() throws(RedisError) -> Int {
        let text = try connection.call(RedisCommand("INFO", "memory")).asString
        let line = text.split(whereSeparator: \.isNewline).first { $0.hasPrefix("used_memory:") }
        return line.flatMap { Int($0.dropFirst("used_memory:".count)) } ?? 0
    }

    /// Whether nothing is under way any more.
    func isSettled(_ total: Int, arrived: Int) throws -> Bool {
        try arrived >= total && pending() == 0 && miscounted(total).isEmpty
    }

    /// Each keeper whose count differs from that of all numbers.
    func miscounted(_ total: Int) throws -> [String] {
        let expected = SoakCount(through: total)
        var counts = [("tally", try count(SoakRoute.tally))]
        for stage in Self.stages {
            let cells = try (0..<SoakRoute.cells).map { try count(SoakRoute.cell(stage, $0)) }
            counts.append((stage, cells.reduce(SoakCount(), +)))
        }
        return counts.filter { $0.1 != expected }.map {
            "\($0.0): \($0.1.count) messages, sum \($0.1.sum)"
        }
    }

    private func count(_ key: Key) throws -> SoakCount {
        let pairs = try connection.call(RedisCommand("HGETALL", key.text)).asPairs
        return SoakCount(Fields(pairs.map { Fields.Pair(name: $0.name, value: $0.value) }))
    }

    func pending() throws -> Int {
        try groups().map(\.pending).reduce(0, +)
    }

    func consumers() throws -> Int {
        try groups().map(\.consumers).reduce(0, +)
    }

    func deadLetters() throws -> Int {
        try connection.call(RedisCommand("XLEN", Keys.deadLetters(.shard(0)).text)).asInteger
    }

    private func groups() throws -> [(consumers: Int, pending: Int)] {
        var found: [(consumers: Int, pending: Int)] = []
        for stream in Self.streams {
            for group in try connection.call(RedisCommand("XINFO", "GROUPS", stream.text)).asArray {
                // Name and value in turn: name, consumers, pending.
                let facts = try group.asArray
                found.append((try facts[3].asInteger, try facts[5].asInteger))
            }
        }
        return found
    }
}
