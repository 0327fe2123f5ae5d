import Trading

/// Whether a server may keep the pipeline's state.
struct RedisChecks {
    /// What `INFO` says.
    var info: [String: String]
    /// What `CONFIG GET` says; empty where that is not allowed.
    var config: [String: String]
    /// The server's clock, and this machine's.
    var clocks: (server: EventTime, own: EventTime)

    /// `name:value` a line, with comments.
    static func parse(info: String) -> [String: String] {
        var values: [String: String] = [:]
        for line in info.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            values[String(line[..<colon])] = String(line[line.index(after: colon)...])
        }
        return values
    }

    var findings: [Finding] { [role, log, flush, tail, eviction, writing, clock] }

    private var role: Finding {
        let role = info["role"] ?? "unknown"
        guard role == "master" else {
            return .wrong(
                "redis role", role, "name the primary in redis.url")
        }
        return .ok("redis role", role)
    }

    private var log: Finding {
        guard info["aof_enabled"] == "1" else {
            return .wrong(
                "redis appendonly", "no",
                "set appendonly yes: without it, a restart forgets positions that are open")
        }
        return .ok("redis appendonly", "yes")
    }

    private var flush: Finding {
        switch config["appendfsync"] {
        case nil:
            return .warning(
                "redis appendfsync", "this user may not ask",
                "look as the operator: it must be always or everysec")
        case "always": return .ok("redis appendfsync", "always")
        case "everysec":
            return .ok(
                "redis appendfsync", "everysec: a crash may forget its last second")
        case let other?:
            return .wrong(
                "redis appendfsync", other,
                "set appendfsync everysec, or always: else minutes are forgotten")
        }
    }

    private var tail: Finding {
        let name = "redis aof-load-truncated"
        switch config["aof-load-truncated"] {
        case "no": return .ok(name, "no")
        case let other:
            return .warning(
                name, other ?? "this user may not ask",
                "set it to no, and let ops/redis/mend mend the log before each start: else half a "
                    + "commit may come back two starts after a loss of power")
        }
    }

    private var eviction: Finding {
        let policy = info["maxmemory_policy"] ?? config["maxmemory-policy"] ?? "unknown"
        guard policy == "noeviction" else {
            return .wrong(
                "redis maxmemory-policy", policy,
                "set maxmemory-policy noeviction: else a full server drops positions")
        }
        return .ok("redis maxmemory-policy", policy)
    }

    private var writing: Finding {
        let names = [
            "aof_last_write_status", "aof_last_bgrewrite_status", "rdb_last_bgsave_status",
        ]
        let failed = names.filter { info[$0, default: "ok"] != "ok" }
        guard failed.isEmpty, info["loading", default: "0"] == "0" else {
            let found = failed.isEmpty ? "loading" : failed.joined(separator: ", ") + " failed"
            return .wrong("redis writing", found, "look at the server's log and its disk")
        }
        return .ok("redis writing", "ok")
    }

    private var clock: Finding {
        let skew = abs((clocks.own - clocks.server).milliseconds)
        let found = "\(skew) ms beside the server's"
        if skew <= 500 { return .ok("clock", found) }
        let advice = "set this machine's clock by NTP"
        return skew <= 2_000 ? .warning("clock", found, advice) : .wrong("clock", found, advice)
    }
}
