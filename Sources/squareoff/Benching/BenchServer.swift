import Glibc
import MessageBus
import Redis
import Trading

/// The server that everything is measured on, emptied for each run, and what it has spent.
struct BenchServer {
    let endpoint: RedisEndpoint
    let connection: RedisConnection
    var bus: RedisBus { RedisBus(endpoint: endpoint) }

    init(_ endpoint: RedisEndpoint) throws {
        self.endpoint = endpoint
        connection = try RedisConnection.connect(to: endpoint)
        // Loads the functions, which the programs in C call too; emptying leaves them.
        _ = try bus.session("bench")
    }

    func empty() throws { try connection.call(RedisCommand("FLUSHALL")) }

    /// What the server's process has used, and its function calls alone, in microseconds.
    struct Spent {
        var processor: Double
        var functions: Double

        static func - (left: Spent, right: Spent) -> Spent {
            Spent(
                processor: left.processor - right.processor,
                functions: left.functions - right.functions)
        }
    }

    func spent() throws -> Spent {
        let info = try connection.call(RedisCommand("INFO", "cpu", "commandstats")).asString
        func number(behind name: String) -> Double {
            guard let place = info.firstRange(of: name) else { return 0 }
            return Double(info[place.upperBound...].prefix { $0.isNumber || $0 == "." }) ?? 0
        }
        return Spent(
            processor: 1e6
                * (number(behind: "used_cpu_sys:") + number(behind: "used_cpu_user:")),
            functions: info.firstRange(of: "cmdstat_fcall:").map { _ in
                let line = info.split(whereSeparator: \.isNewline).first {
                    $0.hasPrefix("cmdstat_fcall:")
                }
                let words = line?.split(separator: ",").first { $0.hasPrefix("usec=") }
                return words.flatMap { Double($0.dropFirst(5)) } ?? 0
            } ?? 0)
    }
}

/// The clock that all processes of a machine share.
enum Nanoseconds {
    static func now() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }

    static func sleep(until due: Int) {
        var time = timespec(tv_sec: due / 1_000_000_000, tv_nsec: due % 1_000_000_000)
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nil)
    }
}
