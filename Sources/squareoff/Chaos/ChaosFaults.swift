import Foundation
import Glibc
import MessageBus
import Proxy
import Redis
import Trading

/// What is done to the processes, the server and the connections between them, by seed.
final class ChaosFaults {
    private enum Fault: String, CaseIterable {
        case kill, freeze, disconnect, flush, crash, reset, stall, deafen
    }

    private let fleet: ProcessFleet
    private let server: EmbeddedRedis
    private let proxies: [RedisProxy]
    private let durabilities: [EmbeddedRedis.Durability]
    private let every: [Fault: Int]
    private var log: AppendLog?
    private var random: SplitMix64
    private var next: [Fault: Int] = [:]
    private var restartsAt: Int?
    private var admin: RedisConnection?
    private(set) var done: [String: Int] = [:]
    private(set) var cut = 0

    /// Milliseconds from one to the next, on average.
    private static let every: [Fault: Int] = [
        .kill: 500, .freeze: 1_000, .disconnect: 700, .flush: 7_000, .crash: 25_000,
        .reset: 2_000, .stall: 3_000, .deafen: 12_000,
    ]

    /// - Parameters:
    ///   - durabilities: of the server, from restart to restart in turn.
    ///   - tearing: each crash takes a part of the last second's writes.
    init(
        _ fleet: ProcessFleet, _ server: EmbeddedRedis, _ proxies: [RedisProxy],
        _ durabilities: [EmbeddedRedis.Durability], tearing: Bool, seed: UInt64
    ) {
        self.fleet = fleet
        self.server = server
        self.proxies = proxies
        self.durabilities = durabilities
        // More often, so that a short run sees some.
        every = Self.every.merging(tearing ? [.crash: 12_000] : [:]) { $1 }
        log = tearing ? AppendLog(folder: server.folder) : nil
        random = SplitMix64(seed: seed)
        let now = ChaosClock.wall()
        for fault in Fault.allCases { plan(fault, after: now) }
    }

    var isDown: Bool { restartsAt != nil }
    var counts: [String: Int] {
        done.merging(["ended": fleet.ended, "kill": fleet.killed, "freeze": fleet.frozen]) { $1 }
    }

    func beat() throws {
        let now = ChaosClock.wall()
        fleet.wake(at: .now)
        try fleet.replaceTheEnded()
        log?.note(at: now)
        if let restartsAt {
            if now >= restartsAt { try restart() }
        }
        for fault in Fault.allCases where now >= next[fault] ?? now {
            plan(fault, after: now)
            try strike(fault, now)
        }
    }

    /// The end: all are awake, and the server is up.
    func rest() throws {
        if isDown { try restart() }
        fleet.wake(at: nil)
        try fleet.replaceTheEnded()
    }

    private func plan(_ fault: Fault, after now: Int) {
        let mean = every[fault] ?? 1_000
        next[fault] = now + Int.random(in: (mean / 2)...(mean * 3 / 2), using: &random)
    }

    private func restart() throws {
        restartsAt = nil
        let crashes = done[Fault.crash.rawValue, default: 0]
        try server.restart(durabilities[crashes % durabilities.count])
    }

    private func strike(_ fault: Fault, _ now: Int) throws {
        switch fault {
        case .kill: return try fleet.killOne()
        case .freeze: return fleet.freezeOne(at: .now)
        case .crash:
            guard !isDown else { return }
            try server.crash()
            admin = nil
            if let bytes = log?.cut(at: now, by: &random) { cut += bytes }
            restartsAt = now + Int.random(in: 50...1_500, using: &random)
        case .disconnect, .flush:
            guard !isDown, ask(fault) else { return }
        case .reset: proxies.randomElement(using: &random)?.reset()
        case .stall:
            let time = Int.random(in: 100...1_500, using: &random)
            proxies.randomElement(using: &random)?.stall(for: .milliseconds(time))
        case .deafen: proxies.randomElement(using: &random)?.deafen()
        }
        done[fault.rawValue, default: 0] += 1
    }

    /// Past the proxies.
    private func ask(_ fault: Fault) -> Bool {
        do throws(RedisError) {
            let open: RedisConnection
            if let admin {
                open = admin
            } else {
                open = try .connect(to: server.endpoint, name: "chaos-faults")
                admin = open
            }
            guard fault == .disconnect else {
                try open.call(RedisCommand("FUNCTION", "FLUSH"))
                return true
            }
            let clients = try open.call(RedisCommand("CLIENT", "LIST")).asString
                .split(separator: "\n").filter { !$0.contains("name=chaos-faults") }
            guard let client = clients.randomElement(using: &random),
                let id = client.split(separator: " ").first?.dropFirst("id=".count)
            else { return false }
            try open.call(RedisCommand("CLIENT", "KILL", "ID", String(id)))
            return true
        } catch {
            // Gone meanwhile: that client, or the server.
            admin = nil
            return false
        }
    }
}

/// The tail of the server's append-only file, of which a crash of the machine takes a part.
struct AppendLog {
    let folder: String
    private var sizes: [(at: Int, file: String, size: Int)] = []

    init(folder: String) { self.folder = folder + "/appendonlydir" }

    /// The increments are written to one file until the server rewrites the log.
    private var file: String? {
        (try? FileManager.default.contentsOfDirectory(atPath: folder))?
            .filter { $0.hasSuffix(".incr.aof") }
            .max { ($0.utf8.count, $0) < ($1.utf8.count, $1) }
    }

    private func size(_ file: String) -> Int {
        var facts = stat()
        return stat(folder + "/" + file, &facts) == 0 ? Int(facts.st_size) : 0
    }

    mutating func note(at now: Int) {
        guard let file else { return }
        sizes.append((now, file, size(file)))
        sizes.removeAll { $0.at < now - 1_000 }
    }

    /// Cuts off what was written since some moment of the last second; somewhere in an entry, as a
    /// disk does.
    ///
    /// - Returns: how much.
    mutating func cut(at now: Int, by random: inout SplitMix64) -> Int {
        defer { sizes = [] }
        guard let file, let oldest = sizes.first(where: { $0.file == file }) else { return 0 }
        let whole = size(file)
        let kept = Int.random(in: oldest.size...max(oldest.size, whole), using: &random)
        return truncate(folder + "/" + file, kept) == 0 ? whole - kept : 0
    }
}
