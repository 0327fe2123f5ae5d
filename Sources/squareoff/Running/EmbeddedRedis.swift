import Foundation
import MessageBus
import Redis

/// A private redis-server on a unix socket for one job.
///
/// It runs under a small shell that waits for this process's end of a pipe to close, then kills it
/// and removes its folder: also when this process is killed.
final class EmbeddedRedis {
    let endpoint: RedisEndpoint
    let socket: String
    private let process = Process()
    private let lifeline = Pipe()

    private static let guardian = """
        cd "$1" || exit 1
        redis-server --port 0 --unixsocket "$1/redis.sock" --unixsocketperm 700 --dir "$1" \
        --save '' --appendonly "$2" --appendfsync everysec --maxmemory-policy noeviction \
        >"$1/redis.log" 2>&1 </dev/null &
        server=$!
        read -r _
        kill -9 $server 2>/dev/null
        rm -rf "$1"
        """

    /// - Parameter isDurable: whether it writes an AOF.
    init(isDurable: Bool = true) throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("squareoff-\(UUID().uuidString.prefix(8))").path
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        socket = folder + "/redis.sock"
        endpoint = RedisEndpoint(.unix(path: socket))
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", Self.guardian, "redis", folder, isDurable ? "yes" : "no"]
        process.standardInput = lifeline
        try process.run()
        try waitUntilUp(log: folder + "/redis.log")
    }

    deinit { stop() }

    func stop() {
        try? lifeline.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    private func waitUntilUp(log: String) throws {
        var last: any Error = EmbeddedRedisError.notStarted("")
        for _ in 0..<200 {
            do {
                let connection = try RedisConnection.connect(to: endpoint)
                try connection.call(RedisCommand("PING"))
                return
            } catch {
                last = error
                Thread.sleep(forTimeInterval: 0.025)
            }
        }
        let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? "\(last)"
        throw EmbeddedRedisError.notStarted(text)
    }
}

enum EmbeddedRedisError: Error, CustomStringConvertible {
    case notStarted(String)

    var description: String {
        switch self {
        case .notStarted(let log):
            "redis-server did not start (is it installed? apt-get install redis-server): \(log)"
        }
    }
}
