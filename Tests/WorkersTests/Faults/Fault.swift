import Glibc
import MessageBus
import Proxy
import Redis
import Support
import Testing

/// What a server may do to its workers.
enum Fault: String, CaseIterable, CustomTestStringConvertible {
    // Over in a moment; the workers have to find their way back.
    case flushAll = "FLUSHALL"
    case functionFlush = "FUNCTION FLUSH"
    case groupDestroyed = "XGROUP DESTROY"
    case streamDeleted = "the streams deleted"
    case clientKill = "CLIENT KILL, again and again"
    case crash = "SIGKILL and a restart on the AOF"
    case loading = "LOADING for a while after a restart"
    case halfOpen = "half-open connections"
    case lostReplies = "replies to commits lost"
    case strangeReplies = "replies of an unexpected shape"
    // Lasting; the workers have to wait for a person.
    case outOfMemory = "OOM under noeviction"
    case readOnly = "READONLY: made a replica"
    case diskFailed = "MISCONF: the disk failed"
    case busy = "BUSY: somebody's script does not end"
    case maxClients = "maxclients reached"
    case evicts = "a maxmemory-policy that evicts"
    case oldVersion = "an old version"
    case wrongType = "another type at the streams"
    case noRights = "NOPERM: rights taken away"
    case noPassword = "WRONGPASS: the password changed"

    var testDescription: String { rawValue }

    var options: RedisServer.Options {
        switch self {
        case .crash: .init(appendOnly: true, extra: ["appendfsync always"])
        case .loading:
            .init(
                appendOnly: true,
                extra: [
                    "appendfsync always", "key-load-delay 2000",
                    "loading-process-events-interval-bytes 1024",
                ])
        case .diskFailed: .init(extra: ["save 3600 1000000", "enable-protected-configs yes"])
        default: .init()
        }
    }

    /// Those workers have a user of their own.
    var user: String? { self == .noRights || self == .noPassword ? "worker" : nil }

    /// Entries that were acknowledged come again.
    var forgetsAcknowledgements: Bool { self == .groupDestroyed }
    var losesData: Bool { self == .flushAll || self == .streamDeleted }

    /// What each of the workers says of it; nil for a worker that it does not concern.
    var words: (group: String?, ordered: String?) {
        switch self {
        case .flushAll: ("was gone and is made anew", "is not what it was: all is read anew")
        case .functionFlush: ("functions were gone and are back", "functions were gone")
        case .groupDestroyed, .streamDeleted: ("was gone and is made anew", nil)
        case .clientKill, .crash: ("the server closed the connection", "closed the connection")
        case .loading: ("LOADING", "LOADING")
        case .halfOpen: ("no answer within", "no answer within")
        case .lostReplies: ("outcome unknown", "outcome unknown")
        case .strangeReplies: ("Redis answered 77, not a verdict", "a reply too many")
        case .outOfMemory: ("OOM", "OOM")
        case .readOnly: ("READONLY", "READONLY")
        case .diskFailed: ("MISCONF", "MISCONF")
        case .busy: ("BUSY", "BUSY")
        // The server's words and its closing of the connection race each other.
        case .maxClients: ("Redis", "Redis")
        case .evicts: ("not allkeys-lru", "not allkeys-lru")
        case .oldVersion: ("the server is Redis 6", "the server is Redis 6")
        case .wrongType: ("WRONGTYPE", "WRONGTYPE")
        case .noRights: ("NOPERM", "NOPERM")
        case .noPassword: ("did not accept the credentials", "did not accept the credentials")
        }
    }
}

/// How each fault begins, with entries 21…40 in it where they can be, and how it ends.
extension Fault {
    func prepare(_ site: Site) throws {
        guard user != nil else { return }
        try site.redis("ACL", "SETUSER", "worker", "on", ">secret", "~*", "&*", "+@all")
    }

    /// - Returns: whether it lasts until it is mended.
    func strike(_ site: Site) throws -> Bool {
        let group = Site.group
        switch self {
        case .flushAll: try site.put(21...40, and: ["FLUSHALL"])
        case .functionFlush: try site.put(21...40, and: ["FUNCTION", "FLUSH"])
        case .groupDestroyed:
            try site.put(21...40, and: ["XGROUP", "DESTROY", Site.input.text, group])
        case .streamDeleted: try site.redis("DEL", Site.input.text, Site.followed.text)
        case .clientKill:
            for number in 21...40 {
                try site.put(number...number)
                try site.redis("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
            }
        case .crash:
            try site.put(21...40)
            try site.server.restart()
        case .loading: try restartSlowly(site)
        case .halfOpen:
            site.proxy.deafen()
            try site.put(21...40)
        case .lostReplies:
            for number in 21...23 { try disturbCommits(site, of: number, .loseReply) }
            try site.put(24...40)
        case .strangeReplies: try answerStrangely(site)
        case .outOfMemory: try site.put(21...40, and: ["CONFIG", "SET", "maxmemory", "1"])
        case .readOnly: try site.put(21...40, and: ["REPLICAOF", "127.0.0.1", "1"])
        case .diskFailed: try failTheDisk(site)
        case .busy: try holdTheServer(site)
        case .maxClients:
            try site.put(21...40)
            try site.redis("CONFIG", "SET", "maxclients", "1")
            try kick(site)
        case .evicts:
            try site.redis("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
            try kick(site)
        case .oldVersion:
            site.proxy.next(
                .max, .reply, containing: "redis_version:7", .substitute("redis_version:6"))
            try kick(site)
        case .wrongType:
            try site.put(
                21...40, and: ["RENAME", Site.input.text, Site.input.text + ":away"],
                ["RENAME", Site.followed.text, Site.followed.text + ":away"],
                ["MSET", Site.input.text, "x", Site.followed.text, "x"])
        case .noRights: try site.put(21...40, and: ["ACL", "SETUSER", "worker", "-fcall"])
        case .noPassword:
            try site.redis("ACL", "SETUSER", "worker", "resetpass", ">other")
            try kick(site)
        }
        return Self.lasting.contains(self)
    }

    private static let lasting: Set<Fault> = [
        .outOfMemory, .readOnly, .diskFailed, .busy, .maxClients, .evicts, .oldVersion,
        .wrongType, .noRights, .noPassword,
    ]

    func mend(_ site: Site) throws {
        switch self {
        case .outOfMemory: try site.redis("CONFIG", "SET", "maxmemory", "0")
        case .readOnly: try site.redis("REPLICAOF", "NO", "ONE")
        case .diskFailed: try site.redis("CONFIG", "SET", "stop-writes-on-bgsave-error", "no")
        case .busy:
            try site.redis("SCRIPT", "KILL")
            // The answer comes before the script has ended.
            try site.wait(for: "the script's end") { try site.redis("GET", "none") == .null }
        case .maxClients:
            try site.redis("CONFIG", "SET", "maxclients", "1000")
        case .evicts: try site.redis("CONFIG", "SET", "maxmemory-policy", "noeviction")
        case .oldVersion: site.proxy.forgetRules()
        case .wrongType:
            for stream in [Site.input, Site.followed] {
                try site.redis("RENAME", stream.text + ":away", stream.text)
            }
        case .noRights: try site.redis("ACL", "SETUSER", "worker", "+fcall")
        case .noPassword: try site.redis("ACL", "SETUSER", "worker", "resetpass", ">secret")
        default: break
        }
    }

    /// Makes all connect anew.
    private func kick(_ site: Site) throws {
        try site.redis("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    }

    /// In the place of answers to commits: a number that is no verdict, a text, too many verdicts.
    private func answerStrangely(_ site: Site) throws {
        let strange = [":77\r\n:77\r\n", "+OK\r\n+OK\r\n", "*3\r\n:0\r\n:0\r\n:0\r\n*0\r\n"]
        for (round, reply) in strange.enumerated() {
            try disturbCommits(site, of: 21 + round, .answer(reply))
        }
        try site.put(24...40)
    }

    /// Does this to the commit of an entry by one worker, and then to that by the other: what is
    /// meant for both at once may be taken by one worker's attempts alone. A lease is an FCALL too,
    /// so the rule goes by the function's name.
    private func disturbCommits(
        _ site: Site, of number: Int, _ action: RedisProxy.Action
    ) throws {
        for (stream, key) in [(Site.input, Site.tallied), (Site.followed, Site.scribed)] {
            let before = site.proxy.hits
            site.proxy.next(1, .request, containing: RedisBus.commitFunction, action)
            try site.redis("XADD", stream.text, "*", "n", String(number))
            try site.wait(for: "a commit of \(number)") { site.proxy.hits == before + 1 }
            try site.wait(for: "\(number) in \(key)") { try site.counts(key)[number] != nil }
        }
    }

    /// A thousand keys, two milliseconds each.
    private func restartSlowly(_ site: Site) throws {
        try site.redis(
            "EVAL", "for i = 1, 1000 do redis.call('SET', 'filler:' .. i, 'x') end", "0")
        try site.redis("BGREWRITEAOF")
        try site.wait(for: "a new AOF") {
            let text = try site.redis("INFO", "persistence").asString
            return text.contains("aof_rewrite_in_progress:0")
                && text.contains("aof_rewrite_scheduled:0")
        }
        try site.put(21...40)
        try site.server.restart()
    }

    private func failTheDisk(_ site: Site) throws {
        let folder = site.server.directory + "/disk"
        mkdir(folder, 0o700)
        try site.redis("CONFIG", "SET", "dir", folder)
        rmdir(folder)
        _ = try? site.redis("BGSAVE")
        try site.wait(for: "a failed save") {
            try site.redis("INFO", "persistence").asString.contains("rdb_last_bgsave_status:err")
        }
        // Writing was refused from here on; what is pending was delivered before.
        try site.redis("CONFIG", "SET", "stop-writes-on-bgsave-error", "no")
        try site.put(21...40, and: ["CONFIG", "SET", "stop-writes-on-bgsave-error", "yes"])
    }

    /// A script of somebody else's that runs until it is killed.
    private func holdTheServer(_ site: Site) throws {
        try site.redis("CONFIG", "SET", "busy-reply-threshold", "50")
        try site.put(21...40)
        let other = try site.server.connect()
        other.append(RedisCommand("EVAL", "while true do end", 0))
        try other.flush()
    }
}
