import Redis

/// The commits of one turn, and what became of them.
struct Batch {
    let programs: [CommitProgram]
    private let counts: [Int]
    private let library: FunctionLibrary

    init(_ commits: [Commit], _ library: FunctionLibrary) {
        programs = commits.map { CommitProgram($0) }
        counts = commits.map(\.changes.count)
        self.library = library
    }

    func append(to connection: RedisConnection) {
        for program in programs { connection.append(program.command(library)) }
    }

    /// Receives one reply for each commit; error replies are values.
    func receive(from connection: RedisConnection) throws(BusError) -> [RedisValue] {
        guard !programs.isEmpty else { return [] }
        return try translated { () throws(RedisError) in
            var replies: [RedisValue] = []
            replies.reserveCapacity(programs.count)
            for _ in programs { replies.append(try connection.receive()) }
            return replies
        }
    }

    /// - Parameter link: puts missing functions back; the commits that missed them run again.
    func verdicts(
        _ replies: [RedisValue], through link: RedisLink
    ) throws(BusError) -> [[CommitVerdict]] {
        var replies = replies
        let missed = replies.indices.filter { replies[$0].isMissingFunction }
        if !missed.isEmpty {
            try link.reinstall()
            let connection = try link.ready()
            for index in missed { connection.append(programs[index].command(library)) }
            for index in missed {
                replies[index] = try translated { () throws(RedisError) in
                    try connection.receive()
                }
            }
        }
        return try translated { () throws(RedisError) in
            var verdicts: [[CommitVerdict]] = []
            verdicts.reserveCapacity(programs.count)
            for (index, reply) in replies.enumerated() {
                verdicts.append(
                    try programs[index].verdicts(try reply.orThrow(), of: counts[index]))
            }
            return verdicts
        }
    }

    /// Whether the worker has something to do about it that should not wait for new entries:
    /// everything but a batch that was applied as a whole.
    static func needsAttention(_ replies: [RedisValue]) -> Bool {
        replies.contains { $0 != .integer(0) }
    }
}
