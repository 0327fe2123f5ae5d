import ArgumentParser
import DhanSimulator
import Foundation
import Trading
import UnixSignals

/// A DhanHQ broker on this machine, to trade against.
struct SimulatorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulator",
        abstract: "A DhanHQ broker on loopback ports: REST, order socket, market feed.",
        discussion: """
            Everything else is asked for over the control endpoint, on the port of REST: \
            POST /control/clients, quotes, clock, faults, tokens, settings, calm; \
            GET /control/ledger, quiet, sockets, calls, faults, tokens.
            """)

    @Option(help: "Port of REST, authorisation and control; 0 for any.") var restPort = 0
    @Option(help: "Port of the order socket.") var ordersPort = 0
    @Option(help: "Port of the market feed.") var feedPort = 0
    @Option(help: "A file that every event is appended to, as lines of JSON.") var ledger: String?
    @Option var seed: UInt64 = 1
    @Option(help: "all, none, or NAME=HUNDREDTHS,…") var faults = "none"
    @Option(help: "The time at the exchange at the start: 2025-12-15T10:00:00.") var clock: String?
    @Option(help: "A client and its token: ID:TOKEN[:RUPEES]. May be repeated.")
    var client: [String] = []
    @Option(help: "The day's contracts, as CSV.") var contracts: String?
    @Option(help: "A recording whose prices are played by the clock.") var ticks: String?
    @Flag(help: "Make up prices for the contracts, by the seed.") var generate = false
    @Option(help: "quotes: orders meet the market's. limits: each at its own limit.")
    var fills = "quotes"
    @Option(help: "When INTRADAY positions are closed by the broker; never for not at all.")
    var squareOff = "15:20"
    @Flag(help: "Take orders at any hour.") var alwaysOpen = false
    @Flag(help: "Count no calls.") var unlimited = false
    @Option(help: "A certificate chain in PEM; with --key, everything is TLS.")
    var certificate: String?
    @Option(help: "The certificate's key in PEM.") var key: String?
    @Flag(name: .customLong("child"), help: .hidden) var isChild = false

    func run() async throws {
        let settings = try settings()
        let prices = try prices(settings)
        let simulator = try Simulator(settings)
        let ports = try await simulator.start()
        // One line that a script can wait for and read.
        let line = "rest=\(ports.rest) orders=\(ports.orders) feed=\(ports.feed)\n"
        try FileHandle.standardOutput.write(contentsOf: Data(line.utf8))
        let playing = Task {
            guard case .running(let ahead) = settings.clock else { return }
            try await prices?.play(on: simulator, ahead: ahead)
        }
        await untilAsked()
        playing.cancel()
        await simulator.stop()
    }

    private func untilAsked() async {
        guard isChild else {
            for await _ in await UnixSignalsSequence(trapping: .sigterm, .sigint) { break }
            return
        }
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                Lifeline.wait()
                continuation.resume()
            }
        }
    }

    private func prices(_ settings: SimulatorSettings) throws -> SimulatedPrices? {
        if let ticks { return .recording(ticks) }
        guard generate else { return nil }
        guard let list = settings.engine.instruments else {
            throw ValidationError("--generate needs --contracts")
        }
        return .generator(RandomWalk(seed: seed, list.instruments))
    }

    private func settings() throws -> SimulatorSettings {
        var settings = SimulatorSettings()
        settings.ports = SimulatorPorts(rest: restPort, orders: ordersPort, feed: feedPort)
        settings.ledger = ledger
        settings.engine.seed = seed
        try settings.engine.rates.set(faults)
        settings.engine.keepsHours = !alwaysOpen
        settings.engine.limitsRates = !unlimited
        settings.engine.squareOff = TimeOfDay(text: squareOff)
        guard settings.engine.squareOff != nil || squareOff == "never" else {
            throw ValidationError("--square-off: write 15:20, or never")
        }
        guard let fills = EngineSettings.Fills(rawValue: fills) else {
            throw ValidationError("--fills: quotes or limits")
        }
        settings.engine.fills = fills
        settings.clients = try client.map(Self.client)
        if let contracts {
            let text = try String(contentsOfFile: contracts, encoding: .utf8)
            settings.engine.instruments = InstrumentList(try ContractFile.parse(text))
        }
        if let clock {
            guard let time = EventTime(control: clock) else {
                throw ValidationError("--clock: write 2025-12-15T10:00:00")
            }
            settings.clock = .starting(at: time)
        }
        switch (certificate, key) {
        case (nil, nil): break
        case (let chain?, let key?): settings.certificate = .init(chain: chain, key: key)
        default: throw ValidationError("--certificate and --key belong together")
        }
        return settings
    }

    private static func client(_ text: String) throws -> SimulatorSettings.Client {
        let parts = text.split(separator: ":").map(String.init)
        guard (2...3).contains(parts.count) else {
            throw ValidationError("--client: write ID:TOKEN or ID:TOKEN:RUPEES")
        }
        var client = SimulatorSettings.Client(ClientID(parts[0]), token: parts[1])
        if parts.count == 3 {
            guard let funds = Money(text: parts[2]) else {
                throw ValidationError("--client: '\(parts[2])' is no amount of rupees")
            }
            client.funds = funds
        }
        return client
    }
}
