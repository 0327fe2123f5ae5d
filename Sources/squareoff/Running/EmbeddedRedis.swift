import Foundation
import MessageBus
import Redis

/// A private redis-server on a unix socket for one job.
///
/// It runs under a small shell that kills and starts it on command. When this process's end of the
/// pipe closes, also because it was killed, the shell kills the server and removes its folder.
///
/// The log is mended before each start. A server that does it itself (`aof-load-truncated yes`)
/// leaves the beginning of a transaction that the log's end has cut in two in there, takes up
/// behind it, and does that beginning at the start after.
final class EmbeddedRedis {
    /// When what was written reaches the disk.
    enum Durability: String {
        /// No AOF at all.
        case none, everysec, always
    }

    let endpoint: RedisEndpoint
    let folder: String
    var socket: String { folder + "/redis.sock" }
    private let process = Process()
    private let lifeline = Pipe()

    private static let guardian = """
        cd "$1" || exit 1
        start() {
            aof=yes; [ "$1" != none ] || aof=no
            fsync=$1; [ "$1" != none ] || fsync=no
            log=appendonlydir/appendonly.aof.manifest
            [ ! -e $log ] || echo y | redis-check-aof --fix $log >>redis.log 2>&1
            redis-server --port 0 --unixsocket "$PWD/redis.sock" --unixsocketperm 700 \
                --dir "$PWD" --save '' --appendonly $aof --appendfsync $fsync \
                --aof-load-truncated no --maxmemory-policy noeviction >>redis.log 2>&1 </dev/null &
            server=$!
        }
        start "$2"
        while read -r verb durability; do
            case $verb in
            crash) kill -9 $server ;;
            start) start "$durability" ;;
            esac
        done
        kill -9 $server 2>/dev/null
        rm -rf "$1"
        """

    init(_ durability: Durability = .everysec) throws {
        folder =
            FileManager.default.temporaryDirectory
            .appendingPathComponent("squareoff-\(UUID().uuidString.prefix(8))").path
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        endpoint = RedisEndpoint(.unix(path: folder + "/redis.sock"))
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", Self.guardian, "redis", folder, durability.rawValue]
        process.standardInput = lifeline
        try process.run()
        try waitUntilUp()
    }

    deinit { stop() }

    func stop() {
        try? lifeline.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    /// SIGKILL; returns when the server is gone. Not told by the shell, whose `wait` needs a signal
    /// that a child of a concurrency thread has blocked.
    func crash() throws {
        try say("crash\n")
        for _ in 0..<2_000 {
            guard (try? RedisConnection.connect(to: endpoint)) != nil else { return }
            Thread.sleep(forTimeInterval: 0.005)
        }
    }

    /// Starts a server that has crashed, on what is left of its AOF.
    func restart(_ durability: Durability) throws {
        try say("start \(durability.rawValue)\n")
        try waitUntilUp()
    }

    private func say(_ command: String) throws {
        try lifeline.fileHandleForWriting.write(contentsOf: Data(command.utf8))
    }

    private func waitUntilUp() throws {
        var last: any Error = EmbeddedRedisError.notStarted("")
        for _ in 0..<800 {
            do {
                let connection = try RedisConnection.connect(to: endpoint)
                try connection.call(RedisCommand("PING"))
                return
            } catch {
                last = error
                Thread.sleep(forTimeInterval: 0.025)
            }
        }
        let text =
            (try? String(contentsOfFile: folder + "/redis.log", encoding: .utf8)) ?? "\(last)"
        throw EmbeddedRedisError.notStarted(String(text.suffix(2_000)))
    }
}

enum EmbeddedRedisError: Error, CustomStringConvertible {
    case notStarted(String)

    var description: String {
        switch self {
        case .notStarted(let log):
            "redis-server did not start (is it installed? apt-get install redis-server); its log "
                + "ends with: \(log)"
        }
    }
}
