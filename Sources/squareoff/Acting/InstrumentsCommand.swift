import ArgumentParser
import Brokers
import Foundation
import HTTP
import MessageBus
import Settings
import Trading
import Workers

/// The day's contracts into Redis, where the stages of a live run find them.
struct InstrumentsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "instruments",
        abstract: "Put the day's contracts into Redis.",
        discussion: """
            Takes the configuration's file of contracts, or else DhanHQ's list, which is \
            downloaded once a day and kept in a folder. Only the indices of the configuration and \
            their options are kept. A live run without such a file does it by itself, at its start \
            and each trading day from 8:00 on.
            """)

    @OptionGroup var options: RunOptions

    @Option(help: "Where downloaded lists are kept: a folder that nobody else may write to.")
    var folder = DhanInstruments.folder

    func run() throws {
        let settings = try options.settings()
        let session = try options.bus(settings).session("instruments")
        let all = try settings.instruments.map(InstrumentFile.read) ?? download(settings, session)
        let wanted = InstrumentBook.chosen(all, settings.indices)
        guard wanted.contains(where: { $0.option != nil }) else {
            let names = settings.indices.map(\.text).joined(separator: ", ")
            throw ValidationError("no option of \(names) among \(all.count) instruments")
        }
        _ = try session.commit([
            Commit(
                slot: .bus, owner: .anyone,
                changes: [Change(writes: InstrumentBook.writes(wanted, of: session.wall.day))])
        ])
        print("\(wanted.count) of \(all.count) instruments")
    }

    private func download(
        _ settings: SquareoffSettings, _ session: any BusSession
    ) throws -> [Instrument] {
        let lists = DhanInstruments(
            endpoints: DhanEndpoints(settings.dhan), http: HTTPClient(), folder: folder)
        let answer: Result<[Instrument], DhanError>? = Awaited.wait(Self.patience) {
            lists.list(on: session.wall.day, $0)
        }
        switch answer {
        case .success(let instruments): return instruments
        case .failure(let error): throw ValidationError("\(settings.dhan.instruments): \(error)")
        case nil: throw ValidationError("\(settings.dhan.instruments): no answer")
        }
    }

    /// Milliseconds.
    private static let patience = 150_000
}
