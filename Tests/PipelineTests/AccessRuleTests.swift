import Redis
import Support
import Testing
import Workers

/// The rules one by one, asked of the server itself by ACL DRYRUN, which runs nothing.
@Suite struct `what each Redis user may not do` {
    private static let users =
        StageName.all + ["feed", "pipeline", "look", "act"]

    @Test func `only the operator may do what could end everything`() throws {
        let commands = [
            ["FLUSHALL"], ["FLUSHDB"], ["CONFIG", "GET", "*"], ["CONFIG", "SET", "save", ""],
            ["KEYS", "*"], ["DEBUG", "SLEEP", "1"], ["SHUTDOWN"], ["ACL", "LIST"],
            ["ACL", "SETUSER", "x"], ["FUNCTION", "LOAD", "x"], ["FUNCTION", "FLUSH"],
            ["SCRIPT", "FLUSH"], ["CLIENT", "KILL", "ID", "1"], ["REPLICAOF", "a", "1"],
            ["SAVE"], ["MONITOR"], ["SWAPDB", "0", "1"], ["RENAME", "sq:{0}:exits", "b"],
            ["SET", "elsewhere", "1"], ["GET", "elsewhere"],
        ]
        try check(Self.users, commands, isAllowed: false)
        try check(["operator"], commands, isAllowed: true)
    }

    @Test(arguments: [
        // User, what it must not do, and something near that it has to do
        (
            "scheduler",
            [
                "HSET sq:{0}:position:P1 status exited", "XADD sq:{0}:positions * a 1",
                "XADD sq:{0}:orders:entry * a 1", "XADD sq:{0}:orders:exit * a 1",
                "HSET sq:{0}:order:O1 status filled", "XADD sq:{t0}:ticks * a 1",
                "FCALL f 1 sq:{0}:position:P1", "XREADGROUP GROUP g c STREAMS sq:{0}:exits >",
                "SET sq:{bus}:clock 1", "HSET sq:{bus}:halt a 1",
                "HSET sq:{bus}:worker:box:gateway-0 turns 1",
                "HSET sq:{0}:fence:risk-manager:0 epoch 1",
            ],
            ["XADD sq:{bus}:signals * a 1", "HSET sq:{t0}:bars:NIFTY a 1"]
        ),
        (
            "entry-guard",
            [
                "XADD sq:{0}:orders:exit * a 1", "XADD sq:{0}:exits * a 1",
                "HSET sq:{0}:budget:alpha a 1", "SET sq:{0}:exit-lock:P1 a",
                "HSET sq:{bus}:halt a 1",
            ],
            ["XADD sq:{0}:orders:entry * a 1", "HGETALL sq:{0}:budget:alpha"]
        ),
        (
            "risk-manager",
            [
                "XADD sq:{0}:orders:exit * a 1", "XADD sq:{0}:orders:entry * a 1",
                "HSET sq:{0}:order:O1 a 1", "SET sq:{0}:exit-lock:P1 a",
                "HSET sq:{0}:account:alpha:2026-01-01 a 1", "XADD sq:{0}:positions * a 1",
            ],
            ["XADD sq:{0}:exits * a 1", "SMEMBERS sq:{0}:open:alpha"]
        ),
        (
            "exit-engine",
            [
                "XADD sq:{0}:orders:entry * a 1", "XADD sq:{0}:order-updates * a 1",
                "HSET sq:{0}:budget:alpha a 1", "HSET sq:{0}:paper:order:1 a 1",
            ],
            [
                "XADD sq:{0}:orders:exit * a 1", "SET sq:{0}:exit-lock:P1 a",
                // A position that was sold by hand ends here.
                "HSET sq:{0}:account:alpha:2026-01-01 a 1", "SREM sq:{0}:open:alpha P1",
            ]
        ),
        (
            "gateway",
            [
                "XADD sq:{0}:exits * a 1", "HSET sq:{0}:account:alpha:2026-01-01 a 1",
                "XADD sq:{bus}:signals * a 1", "HGET sq:{0}:paper:ledger:alpha a",
            ],
            [
                "HSET sq:{0}:order:O1 a 1", "XADD sq:{0}:order-updates * a 1",
                // A dead letter sets its position to needs_review.
                "HSET sq:{0}:position:P1 a 1", "XADD sq:{0}:positions * a 1",
                // An account that the broker takes no orders of.
                "HSET sq:{bus}:halt account:alpha a",
            ]
        ),
        (
            "order-update-hub",
            [
                "HSET sq:{0}:order:O1 a 1", "XADD sq:{0}:orders:exit * a 1",
                "XADD sq:{0}:exits * a 1", "SREM sq:{0}:open:alpha P1",
            ],
            [
                "XADD sq:{0}:order-updates * a 1", "HGETALL sq:{0}:order:O1",
                "HSET sq:{0}:position:P1 a 1", "HSET sq:{0}:by-hand:alpha a 1",
                "SMEMBERS sq:{0}:open:alpha", "ZADD sq:{0}:exits:due 1 P1",
            ]
        ),
        (
            "order-update-handler",
            [
                "XADD sq:{0}:orders:exit * a 1", "XADD sq:{0}:orders:entry * a 1",
                "XADD sq:{0}:broker-events * a 1", "HSET sq:{0}:budget:alpha a 1",
                "XADD sq:{bus}:signals * a 1",
            ],
            ["HSET sq:{0}:position:P1 a 1", "XADD sq:{0}:exits * a 1"]
        ),
        (
            "reconciler",
            [
                "HSET sq:{0}:order:O1 a 1", "XADD sq:{0}:orders:exit * a 1",
                "XADD sq:{0}:order-updates * a 1", "HSET sq:{0}:budget:alpha a 1",
                "HSET sq:{0}:paper:ledger:alpha a 1",
            ],
            [
                "XADD sq:{0}:broker-events * a 1", "HSET sq:{0}:by-hand:alpha a 1",
                "ZADD sq:{0}:reconcile:due 1 alpha", "ZREM sq:{0}:unreconciled alpha",
                "XADD sq:{0}:exits * a 1", "HGETALL sq:{0}:paper:ledger:alpha",
                "HSET sq:{0}:loss-limit:alpha a 1", "HGETALL sq:{0}:loss-limit:alpha",
            ]
        ),
        (
            "order-listener",
            [
                "XADD sq:{0}:order-updates * a 1", "HSET sq:{0}:order:O1 a 1",
                "ZADD sq:{0}:orders:due 1 O1", "XADD sq:{t0}:ticks * a 1",
            ],
            [
                "XADD sq:{0}:broker-events * a 1", "ZADD sq:{0}:reconcile:due 1 alpha",
                "SET sq:{bus}:lease:order-listener:alpha w", "ZCARD sq:{0}:orders:due",
            ]
        ),
        (
            "market-feed",
            [
                "XADD sq:{0}:broker-events * a 1", "HSET sq:{0}:position:P1 a 1",
                "SADD sq:{0}:open:alpha P1", "HSET sq:{t0}:bars:NIFTY a 1",
            ],
            [
                "XADD sq:{t0}:ticks * a 1", "HSET sq:{t0}:ltp a 1", "SMEMBERS sq:{0}:open:alpha",
                "HMGET sq:{0}:position:P1 segment security_id",
                "SET sq:{bus}:lease:market-feed:0 w", "HGETALL sq:{bus}:instruments",
                "HSET sq:{bus}:instruments a 1", "HMGET sq:{t0}:bars:NIFTY awaits",
            ]
        ),
        (
            "paper",
            [
                "HSET sq:{0}:position:P1 a 1", "HSET sq:{0}:order:O1 a 1",
                "XADD sq:{0}:order-updates * a 1", "XADD sq:{0}:exits * a 1",
            ],
            ["XADD sq:{0}:broker-events * a 1", "HSET sq:{0}:paper:ledger:alpha a 1"]
        ),
        (
            "feed",
            [
                "HSET sq:{0}:position:P1 a 1", "XADD sq:{0}:orders:entry * a 1",
                "XADD sq:{bus}:signals * a 1", "HSET sq:{0}:order:O1 a 1",
            ],
            ["XADD sq:{t0}:ticks * a 1", "HGETALL sq:{0}:position:P1"]
        ),
        (
            "look",
            [
                "XADD sq:{0}:exits * a 1", "HSET sq:{bus}:halt a 1", "DEL sq:{0}:exits",
                "XDEL sq:{0}:dead-letters 1-1", "FCALL f 1 sq:{0}:exits", "EVAL x 0",
                "XREADGROUP GROUP g c STREAMS sq:{0}:exits >", "XTRIM sq:{0}:exits MAXLEN 0",
                "EXPIRE sq:{0}:exits 1", "PUBLISH a b",
            ],
            ["XRANGE sq:{0}:exits - +", "SCAN 0", "HGETALL sq:{0}:position:P1"]
        ),
        (
            "act",
            [
                "HSET sq:{0}:position:P1 a 1", "HSET sq:{0}:order:O1 a 1",
                "SET sq:{bus}:clock 1", "XTRIM sq:{0}:exits MAXLEN 0",
                "HSET sq:{0}:account:alpha:2026-01-01 a 1",
            ],
            ["XADD sq:{0}:exits * a 1", "HSET sq:{bus}:halt a 1", "XDEL sq:{0}:dead-letters 1-1"]
        ),
    ])
    func `only what it is for:`(user: String, denied: [String], allowed: [String]) throws {
        func words(_ commands: [String]) -> [[String]] {
            commands.map { $0.split(separator: " ").map(String.init) }
        }
        try check([user], words(denied), isAllowed: false)
        try check([user], words(allowed), isAllowed: true)
    }

    /// Whoever sweeps may drop what has been read, and add nothing.
    @Test func `every worker may trim streams and nothing else`() throws {
        let workers = StageName.all + StageName.live
        try check(workers, [["XTRIM", "sq:{0}:exits", "MINID", "1"]], isAllowed: true)
        try check(
            workers,
            [
                ["XTRIM", "sq:{0}:orders:due", "MINID", "1"], ["DEL", "sq:{bus}:halt"],
                ["XGROUP", "DESTROY", "sq:{0}:exits", "exit-engine"],
            ], isAllowed: false)
    }

    private func check(
        _ users: [String], _ commands: [[String]], isAllowed: Bool
    ) throws {
        let folder = try Folder()
        let file = try RedisUsers(in: folder).file
        let options = RedisServer.Options(
            password: RedisUsers.password, extra: ["aclfile \(file)"])
        try withRedis(options) { server in
            let connection = try server.connect()
            for user in users {
                for words in commands {
                    let reply = try connection.call(RedisCommand("ACL", "DRYRUN", user, words))
                    #expect(
                        (reply == .status("OK")) == isAllowed,
                        "\(user): \(words.joined(separator: " ")): \(reply)")
                }
            }
        }
    }
}
