package import Redis

/// What a session sends, for a program that sends the same again.
extension RedisBus {
    package static func command(_ commit: Commit) -> RedisCommand {
        CommitProgram(commit).command(.current)
    }

    /// The clock's two commands, then one for each query.
    package static func commands(_ queries: [Query]) -> [RedisCommand] {
        RedisSession.clock + queries.map { $0.command(.current) }
    }
}
