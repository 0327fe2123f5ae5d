import Foundation
import Glibc
import Testing

extension PipelineTests {
    @Suite struct `everything breaks at once` {
        private struct Report: Decodable {
            var positions: Int
            var accounts: Int
            var exitOrders: Int
            var violations: [String: Int]
            var faults: [String: Int]
            var brokerFaults: [String: Int]
            var reasons: [String: Int]
            var bytesCut: Int
            var tokensMade: Int
        }

        /// Server and ledger are in memory where there is room: a disk that stands still for half a
        /// minute strands exits by itself.
        private static var environment: [String: String] {
            let memory = "/dev/shm"
            var facts = statvfs()
            guard access(memory, W_OK) == 0, statvfs(memory, &facts) == 0,
                facts.f_bavail * facts.f_frsize >= 1 << 30
            else { return [:] }
            return ["TMPDIR": memory]
        }

        /// - Returns: what it found; the exit status says that nothing was violated.
        private func chaos(_ options: String..., seed: UInt64) throws -> Report {
            let folder = try Folder()
            let json = "\(folder.path)/chaos.json"
            // A halt or a feed that lags may outlast the run.
            let program = try Program(
                ["chaos", "--seed", "\(seed)", "--json", json]
                    + ["--faults", "all,halt=0,feed_lag=0,token_killed=50"] + options,
                in: folder.path, environment: Self.environment)
            #expect(try program.end() == 0, "\(program.output)\(program.errors)")
            return try JSONDecoder().decode(
                Report.self, from: try Data(contentsOf: URL(filePath: json)))
        }

        @Test(arguments: [1] as [UInt64])
        func `each position is closed exactly once`(seed: UInt64) throws {
            let report = try chaos("--minutes", "1", "--positions", "200", seed: seed)
            #expect(report.violations == [:])
            #expect(report.accounts == 12 && report.positions > 50)
            #expect(report.exitOrders >= report.positions / 2)
            for fault in ["kill", "freeze", "crash", "disconnect", "flush", "reset", "stall"] {
                #expect(report.faults[fault] ?? 0 > 0, "no \(fault)")
            }
            for fault in ["hold", "answer_lost", "word_lost", "read_lost", "tick_lost"] {
                #expect(report.brokerFaults[fault] ?? 0 > 0, "no \(fault)")
            }
            #expect(report.tokensMade > 0)
            // Prices come over the feed's socket alone.
            #expect(report.reasons["stop_loss"] ?? 0 > 0)
        }

        @Test(arguments: [2] as [UInt64])
        func `where a crash takes the log's tail, still nothing is doubled`(seed: UInt64) throws {
            let report = try chaos(
                "--minutes", "1", "--positions", "500", "--aof", "everysec", "--torn",
                seed: seed)
            #expect(report.violations == [:])
            #expect(report.positions > 50 && report.bytesCut > 0)
        }
    }
}
