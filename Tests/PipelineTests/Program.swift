import Foundation
import Glibc

/// One process of the real `squareoff`, with its words in files. It is killed with this object,
/// and with the test process.
final class Program {
    enum Failure: Error, CustomStringConvertible {
        case system(String, Int32)
        case notBuilt([String])
        case late(String, words: String)

        var description: String {
            switch self {
            case .system(let call, let code): "\(call): \(String(cString: strerror(code)))"
            case .notBuilt(let places): "no squareoff at \(places.joined(separator: ", "))"
            case .late(let what, let words): "\(what) did not end in time; it said:\n\(words)"
            }
        }
    }

    let arguments: [String]
    let process: pid_t
    private let outputPath: String
    private let errorsPath: String
    /// As `waitpid` tells it; nil while the process lives.
    private var ending: Int32?

    /// - Parameter folder: where standard output and standard error are kept.
    init(
        _ arguments: [String], in folder: String, environment: [String: String] = [:],
        input: String? = nil
    ) throws {
        self.arguments = arguments
        let name = "\(folder)/\(UUID().uuidString.prefix(8))"
        outputPath = name + ".out"
        errorsPath = name + ".err"
        process = try Spawn.start(
            [try Self.executable()] + arguments,
            environment: environment, input: input ?? "/dev/null", output: outputPath,
            errors: errorsPath)
        Reaper.shared.watch(process)
    }

    deinit { kill() }

    var output: String { (try? String(contentsOfFile: outputPath, encoding: .utf8)) ?? "" }
    var errors: String { (try? String(contentsOfFile: errorsPath, encoding: .utf8)) ?? "" }
    var isAlive: Bool { !hasEnded() }

    func signal(_ number: Int32) {
        if !hasEnded() { Glibc.kill(process, number) }
    }

    /// SIGKILL; returns when the process is gone.
    func kill() {
        signal(SIGKILL)
        while !hasEnded() { usleep(1_000) }
    }

    /// Waits for the end.
    ///
    /// - Parameter seconds: so long that only who hangs is late, also where everything is slow.
    /// - Returns: the exit status, or minus the signal that ended it.
    @discardableResult
    func end(within seconds: Double = 600) throws -> Int {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while !hasEnded() {
            guard ContinuousClock.now < deadline else {
                kill()
                let words = output + errors
                throw Failure.late(
                    "squareoff \(arguments.joined(separator: " "))",
                    words: String(words.suffix(2_000)))
            }
            usleep(2_000)
        }
        let status = ending ?? 0
        return status & 0x7f == 0 ? Int(status >> 8 & 0xff) : -Int(status & 0x7f)
    }

    private func hasEnded() -> Bool {
        if ending != nil { return true }
        var status: Int32 = 0
        guard waitpid(process, &status, WNOHANG) == process else { return false }
        ending = status
        Reaper.shared.forget(process)
        return true
    }

    /// The executable is built beside the test bundle.
    static func executable() throws -> String {
        let bundle = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().path
        let places = [bundle, Bundle.main.bundlePath, ".build/debug"].map { $0 + "/squareoff" }
        guard let found = places.first(where: FileManager.default.isExecutableFile) else {
            throw Failure.notBuilt(places)
        }
        return found
    }
}

/// A shell that kills what is still alive when the test process ends, however it ends.
private final class Reaper: Sendable {
    static let shared = Reaper()
    private let input: Int32

    private static let script = """
        while read -r verb process; do
            case $verb in
            watch) all="$all $process" ;;
            forget) rest=; for one in $all; do [ $one = $process ] || rest="$rest $one"; done
                all=$rest ;;
            esac
        done
        [ -z "$all" ] || kill -9 $all
        """

    private init() {
        var ends: [Int32] = [-1, -1]
        // No child inherits the end that is kept: the shell's input ends with this process.
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        socketpair(AF_UNIX, kind, 0, &ends)
        input = ends[1]
        _ = try? Spawn.start(["/bin/sh", "-c", Self.script], standardInput: ends[0])
        close(ends[0])
    }

    func watch(_ process: pid_t) { say("watch \(process)\n") }
    func forget(_ process: pid_t) { say("forget \(process)\n") }

    private func say(_ line: String) {
        _ = line.withCString { send(input, $0, strlen($0), Int32(MSG_NOSIGNAL)) }
    }
}

/// Starts processes with default signals. Not Foundation's `Process`: its
/// children inherit the signals that a thread of the concurrency pool blocks, SIGTERM too.
enum Spawn {
    static func start(
        _ words: [String], environment: [String: String], input: String, output: String,
        errors: String
    ) throws -> pid_t {
        try start(words, environment: environment) { files in
            posix_spawn_file_actions_addopen(&files, 0, input, O_RDONLY, 0)
            let mode = O_WRONLY | O_CREAT | O_APPEND
            posix_spawn_file_actions_addopen(&files, 1, output, mode, 0o600)
            posix_spawn_file_actions_addopen(&files, 2, errors, mode, 0o600)
        }
    }

    fileprivate static func start(_ words: [String], standardInput: Int32) throws -> pid_t {
        try start(words, environment: [:]) { files in
            posix_spawn_file_actions_adddup2(&files, standardInput, 0)
            posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0)
            posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0)
        }
    }

    private static func start(
        _ words: [String], environment: [String: String],
        _ open: (inout posix_spawn_file_actions_t) -> Void
    ) throws -> pid_t {
        var files = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&files)
        defer { posix_spawn_file_actions_destroy(&files) }
        open(&files)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(
            &attributes,
            Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))

        // Nobody's settings from outside.
        var settings = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("SQUAREOFF") }
        settings.merge(environment) { _, own in own }
        var arguments = words.map { strdup($0) } + [nil]
        var variables = settings.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in arguments + variables { free(text) } }
        var process: pid_t = 0
        let code = posix_spawn(&process, words[0], &files, &attributes, &arguments, &variables)
        guard code == 0 else { throw Program.Failure.system("posix_spawn \(words[0])", code) }
        return process
    }
}
