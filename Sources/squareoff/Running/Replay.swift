import ArgumentParser
import Foundation
import Logging
import MessageBus
import Settings
import Trading
import Workers

struct Replay: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Play a recording of ticks through the pipeline, in paper mode.",
        discussion: """
            The same recording gives the same trades, price for price, however many workers \
            there are. Without --redis it starts a private server and removes it afterwards.
            """)

    @Argument(help: "Ticks as .csv or .csv.gz, - for standard input.")
    var file: String

    @OptionGroup var options: RunOptions

    @Option(help: "The contracts of the recording, CSV.")
    var contracts: String?

    @Option(help: "max, or how many seconds of the recording go by in one.")
    var speed: String = "max"

    @Option(help: "Write the trades to this file, as a JSON array.")
    var json: String?

    @Option(
        help: """
            paper, or dhan: orders go over the broker's client to a simulator of DhanHQ in this \
            process, which fills by the paper broker's rules.
            """)
    var broker = BrokerKind.paper

    @Flag(help: "Start no stages: they run in other processes on the same --redis.")
    var feedOnly = false

    func validate() throws {
        if speed != "max", (Int(speed) ?? 0) < 1 {
            throw ValidationError("--speed: '\(speed)' is neither max nor a whole number above 0")
        }
        if feedOnly, broker == .dhan {
            throw ValidationError("--broker dhan needs stages in this process")
        }
        if feedOnly, options.redis == nil { throw ValidationError("--feed-only needs --redis") }
    }

    func run() throws {
        let settings = try options.settings()
        guard let path = contracts ?? settings.instruments else {
            throw ValidationError("no contracts: give --contracts, or instruments in --config")
        }
        let instruments = try InstrumentFile.read(path)
        let source = try RecordedTicks(path: file)
        let job = Job(
            settings: settings, instruments: instruments, source: source,
            speed: Int(speed), runsStages: !feedOnly, log: try options.logger(),
            isAtDhan: broker == .dhan)
        let report: JobReport
        if options.redis == nil {
            let server = try EmbeddedRedis()
            defer { server.stop() }
            report = try job.run(on: RedisBus(endpoint: server.endpoint))
        } else {
            report = try job.run(on: try options.bus(settings))
        }
        print(report.text)
        if let json { try report.writeTrades(to: json) }
        if report.isDamaged { throw ExitCode.failure }
    }
}

extension BrokerKind: ExpressibleByArgument {}

/// The list of contracts, from a file.
enum InstrumentFile {
    static func read(_ path: String) throws -> [Instrument] {
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw ValidationError("\(path): \(error.localizedDescription)")
        }
        do throws(ContractFileError) {
            return try ContractFile.parse(text)
        } catch {
            throw ValidationError("\(path): \(error)")
        }
    }
}
