import ArgumentParser
import Foundation
import Redis
import Trading

/// The chaos broker: the outside world, which is never killed.
struct ExchangeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chaos-broker", abstract: "The broker of a run of chaos.",
        shouldDisplay: false)

    @Option var redis: String
    @Option var socket: String
    @Option var ledger: String
    @Option var seed: UInt64
    /// Milliseconds from the wall's clock to event time.
    @Option(parsing: .unconditional) var shift: Int

    /// What is filled after the last word is told by one word alone: a server that forgets it can
    /// learn of it from nobody but a comparison of the books.
    @Flag var fillsAfterAll = false

    func run() throws {
        let listener = ExchangeListener(
            try RedisEndpoint(url: redis), seed: seed, shift: Span(milliseconds: shift))
        let server = ExchangeServer(
            seed: seed, fillsAfterAll: fillsAfterAll, ledger: try LedgerFile(path: ledger).open(),
            listener: listener)
        listener.start()
        try server.serve(at: socket)
        Lifeline.wait()
    }
}
