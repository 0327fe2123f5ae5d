import Foundation
import Glibc
package import Redis

/// A real Redis server of a test's own, in a directory of its own. It dies with `stop()`, with
/// this object, and with the test process, whichever comes first.
package final class RedisServer: @unchecked Sendable {
    package struct Options: Sendable {
        /// Also listen on a free TCP port of 127.0.0.1.
        package var tcp = false
        /// Also listen on a free TCP port with TLS.
        package var tls: TLS?
        package var appendOnly = false
        /// A single node that owns all slots and therefore enforces them.
        package var cluster = false
        package var password: String?
        /// Lines for the configuration file: `user …`, `maxmemory …`.
        package var extra: [String] = []

        package init(
            tcp: Bool = false, tls: TLS? = nil, appendOnly: Bool = false, cluster: Bool = false,
            password: String? = nil, extra: [String] = []
        ) {
            self.tcp = tcp
            self.tls = tls
            self.appendOnly = appendOnly
            self.cluster = cluster
            self.password = password
            self.extra = extra
        }
    }

    package enum Failure: Error {
        case system(String, Int32)
        /// The log's last words.
        case notUp(String)
    }

    package let options: Options
    package let directory: String
    /// The unix socket.
    package let endpoint: RedisEndpoint
    /// The TCP port, if `options.tcp`.
    package private(set) var tcpEndpoint: RedisEndpoint?
    /// The TLS port by the name `localhost`, if `options.tls`.
    package private(set) var tlsEndpoint: RedisEndpoint?
    package var credentials: RedisCredentials? {
        options.password.map { RedisCredentials(password: $0) }
    }

    /// A connection that a test has beside what it tests waits for a slow machine.
    package static let patience = RedisTimeouts(connect: 60_000, reply: 60_000)

    // Why unchecked: a server belongs to one test, which starts and stops it; only the
    // endpoints, which never change after `init`, are read from the test's other threads.
    private var guardian: Guardian?

    package init(_ options: Options = Options()) throws {
        self.options = options
        directory = try Self.makeDirectory()
        endpoint = RedisEndpoint(.unix(path: "\(directory)/redis.sock"))
        do {
            try startOnFreePorts()
            if options.cluster { try takeAllSlots() }
        } catch {
            stop()
            throw error
        }
    }

    deinit { stop() }

    /// A new connection as the user `default`: with TLS where the server has it, else over the
    /// unix socket.
    package func connect(
        timeouts: RedisTimeouts = RedisServer.patience, name: String? = nil
    ) throws(RedisError) -> RedisConnection {
        try .connect(
            to: tlsEndpoint ?? endpoint, credentials: credentials, timeouts: timeouts, name: name)
    }

    /// SIGKILL, as a crash: nothing is saved or flushed. The directory stays.
    package func kill() {
        guardian?.kill()
        guardian = nil
    }

    /// Starts it again on what `kill()` left in the directory.
    package func restart() throws {
        kill()
        try start()
    }

    /// The bytes of the append-only file that grows, and how to cut it: what a machine without
    /// power had not written yet. For a killed server.
    package func appendOnlySize() throws -> Int {
        try FileManager.default.attributesOfItem(atPath: growingFile())[.size] as? Int ?? 0
    }
    package func cutAppendOnly(to size: Int) throws {
        guard truncate(try growingFile(), off_t(size)) == 0 else {
            throw Failure.system("truncate", errno)
        }
    }

    private func growingFile() throws -> String {
        let folder = "\(directory)/appendonlydir"
        let files = try FileManager.default.contentsOfDirectory(atPath: folder)
        guard let name = files.filter({ $0.hasSuffix(".incr.aof") }).max() else {
            throw Failure.notUp("no append-only file in \(folder)")
        }
        return "\(folder)/\(name)"
    }

    /// SIGSTOP: connections stay open, nothing is answered.
    package func freeze() { guardian?.signal(SIGSTOP) }
    package func thaw() { guardian?.signal(SIGCONT) }

    /// Kills it and removes its directory.
    package func stop() {
        kill()
        try? FileManager.default.removeItem(atPath: directory)
    }
}

/// Runs `body` with a server of its own.
package func withRedis<Result>(
    _ options: RedisServer.Options = .init(), _ body: (RedisServer) throws -> Result
) throws -> Result {
    let server = try RedisServer(options)
    defer { server.stop() }
    return try body(server)
}

package func withRedis<Result>(
    _ options: RedisServer.Options = .init(),
    isolation: isolated (any Actor)? = #isolation,
    _ body: (RedisServer) async throws -> Result
) async throws -> Result {
    let server = try RedisServer(options)
    defer { server.stop() }
    return try await body(server)
}

extension RedisServer {
    /// Several attempts: another process may take a port after it was found free.
    private func startOnFreePorts() throws {
        for left in (0..<5).reversed() {
            do {
                try choosePorts()
                return try start()
            } catch Failure.notUp(let log) where left > 0 && log.contains("Failed listening") {
                kill()
                // The next attempt is judged by its own words.
                unlink("\(directory)/redis.log")
            }
        }
    }

    private func choosePorts() throws {
        // A cluster node does not start without a TCP port.
        let port = options.tcp || options.cluster ? try Self.freePort() : 0
        tcpEndpoint = port == 0 ? nil : RedisEndpoint(.tcp(host: "127.0.0.1", port: port))
        let tlsPort = options.tls == nil ? 0 : try Self.freePort()
        let tls = RedisTLS(authorities: authorityFile)
        tlsEndpoint =
            tlsPort == 0 ? nil : RedisEndpoint(.tls(host: "localhost", port: tlsPort, tls))
        try configuration(port: port, tlsPort: tlsPort).write(
            toFile: "\(directory)/redis.conf", atomically: false, encoding: .utf8)
    }

    private func configuration(port: Int, tlsPort: Int) throws -> String {
        var lines = [
            "port \(port)", "bind 127.0.0.1", "protected-mode no", "save \"\"",
            "unixsocket \(directory)/redis.sock", "dir \(directory)",
            "appendonly \(options.appendOnly ? "yes" : "no")",
        ]
        if options.cluster {
            lines += ["cluster-enabled yes", "cluster-port \(try Self.freePort())"]
        }
        if let tls = options.tls { lines += try configuration(of: tls, port: tlsPort) }
        if let password = options.password { lines.append("requirepass \(password)") }
        return (lines + options.extra).joined(separator: "\n") + "\n"
    }

    private func start() throws {
        // A socket left by a killed server would refuse connections until the new one replaces it.
        unlink("\(directory)/redis.sock")
        guardian = try Guardian(directory, "redis-server", "\(directory)/redis.conf")
        let connection = try eventually { () throws(RedisError) in
            try RedisConnection.connect(
                to: endpoint, credentials: credentials, timeouts: Self.patience)
        }
        let info = try connection.call(RedisCommand("INFO", "server")).asString
        let line = info.split(whereSeparator: \.isNewline).first { $0.hasPrefix("process_id:") }
        guardian?.child = line.flatMap { Int32($0.dropFirst("process_id:".count)) }
    }

    private func takeAllSlots() throws {
        let connection = try connect()
        try connection.call(RedisCommand("CLUSTER", "ADDSLOTSRANGE", 0, 16_383)).expectOK()
        try eventually {
            let info = try connection.call(RedisCommand("CLUSTER", "INFO")).asString
            guard info.contains("cluster_state:ok") else { throw Failure.notUp(info) }
        }
    }

    /// Repeats an attempt every 5 ms for a minute or more; then the log tells why.
    private func eventually<Value>(_ attempt: () throws -> Value) throws -> Value {
        for _ in 0..<12_000 {
            if let value = try? attempt() { return value }
            if log.contains("FATAL") || log.contains("Failed listening") { break }
            usleep(5_000)
        }
        throw Failure.notUp(log)
    }

    private var log: String {
        (try? String(contentsOfFile: "\(directory)/redis.log", encoding: .utf8)) ?? "no log"
    }

    /// Short, because a unix socket's path has at most 107 bytes.
    private static func makeDirectory() throws -> String {
        var template = Array("/tmp/redis-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Failure.system("mkdtemp", errno) }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// A port that the kernel calls free now; another process could still take it first.
    private static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, size) == 0 && getsockname(descriptor, address, &size) == 0
            }
        }
        guard result else { throw Failure.system("bind", errno) }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}

/// A shell that runs one program and kills it once its own standard input ends. The kernel closes
/// that input even when the test process is killed; PR_SET_PDEATHSIG would instead fire when the
/// spawning thread ends, which a concurrency thread may do at any time.
private struct Guardian {
    private let shell: pid_t
    private let input: Int32
    /// The program, for signals; known once it answers.
    var child: pid_t?

    /// A line on standard input is a farewell and keeps `directory`; its mere end is a crash of
    /// the tests, after which nobody else would remove it.
    private static let script = """
        directory=$1; shift
        "$@" </dev/null >>"$directory/redis.log" 2>&1 & program=$!
        read -r _; farewell=$?
        kill -9 $program
        wait
        [ $farewell = 0 ] || rm -rf "$directory"
        """

    init(_ directory: String, _ program: String...) throws {
        var ends: [Int32] = [-1, -1]
        // Not `pipe` and `fcntl`: a shell spawned in between would keep this one's input open.
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            throw RedisServer.Failure.system("socketpair", errno)
        }
        defer { close(ends[0]) }
        input = ends[1]

        var files = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&files)
        defer { posix_spawn_file_actions_destroy(&files) }
        posix_spawn_file_actions_adddup2(&files, ends[0], 0)
        posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // A thread of the concurrency pool blocks signals, and a child would inherit that. A
        // process group of its own keeps a Ctrl-C from reaching the shell before its input ends.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP))

        let words = ["sh", "-c", Self.script, "sh", directory] + program
        var arguments = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var process: pid_t = 0
        let code = posix_spawn(&process, "/bin/sh", &files, &attributes, &arguments, environ)
        guard code == 0 else {
            close(input)
            throw RedisServer.Failure.system("posix_spawn", code)
        }
        shell = process
    }

    func signal(_ number: Int32) {
        if let child { Glibc.kill(child, number) }
    }

    /// Returns when the program is gone.
    func kill() {
        // The shell reaps the program only after this, so the number cannot be another's yet.
        signal(SIGKILL)
        send(input, "\n", 1, Int32(MSG_NOSIGNAL))
        close(input)
        var status: Int32 = 0
        while waitpid(shell, &status, 0) < 0, errno == EINTR {}
    }
}
