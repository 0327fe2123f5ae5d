import ArgumentParser
import DhanSimulator
import Foundation

/// The pipeline on a real Redis while everything around it breaks: `ops/chaos`.
struct Chaos: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Trade while processes, server, connections and broker fail; judge the outcome.",
        discussion: """
            Starts a private redis-server, a broker with a ledger of its own, and at least two \
            worker processes of each stage. Several times a second one is killed or frozen, \
            connections are cut, the server crashes; the broker loses answers, orders and words. \
            Exit status 1 when an exit is sent twice, more is sold than was bought, or a position \
            stays open.
            """)

    @Option(help: "How long faults go on.")
    var minutes: Double = 2

    @Option(help: "Positions over the whole time.")
    var positions = 2_000

    @Option(help: "Chooses what goes wrong.")
    var seed: UInt64 = 1

    @Option(help: "The server's log: always, everysec, or both in turn.")
    var aof: AppendFsync = .both

    @Flag(help: "Each crash of the server takes a part of the last second's writes with it.")
    var torn = false

    @Option(help: "The broker's, as for squareoff simulator: all, or NAME=HUNDREDTHS,...")
    var faults = "all"

    @Option(help: "Write what was found to this file.")
    var json: String?

    @Option(
        help: "Keep the broker's ledger and the server's log in this folder.")
    var evidence: String?

    enum AppendFsync: String, ExpressibleByArgument {
        case always, everysec, both

        var durabilities: [EmbeddedRedis.Durability] {
            switch self {
            case .always: [.always]
            case .everysec: [.everysec]
            case .both: [.always, .everysec]
            }
        }
    }

    func validate() throws {
        guard minutes > 0, positions > 0 else {
            throw ValidationError("--minutes and --positions must be above 0")
        }
        var rates = FaultRates()
        do throws(FaultListError) {
            try rates.set(faults)
        } catch {
            throw ValidationError("--faults: \(error)")
        }
    }

    func run() throws {
        let run = try ChaosRun(
            .init(
                seconds: minutes * 60, positions: positions, seed: seed,
                durabilities: aof.durabilities, isTearing: torn, brokerFaults: faults))
        var minute = 0
        // Also of a run that does not come to its end.
        defer { if let evidence { run.keepEvidence(in: evidence) } }
        let report = try run.run { report in
            minute += 1
            let line =
                "minute \(minute): \(report.positions) positions, \(report.orders) orders, "
                + "\(report.violations["doubled"] ?? 0) doubled, "
                + "\(report.violations["oversold"] ?? 0) oversold\n"
            FileHandle.standardError.write(Data(line.utf8))
        }
        print(report.text)
        if let json { try report.write(to: json) }
        if !report.isClean { throw ExitCode(1) }
    }
}
