import Foundation
import Glibc
import Trading
import Workers

/// A folder of a test's own, removed with this object.
final class Folder {
    let path: String

    init() throws {
        var template = Array("/tmp/squareoff-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Program.Failure.system("mkdtemp", errno) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file and returns its path.
    @discardableResult
    func write(_ name: String, _ text: String) throws -> String {
        let file = "\(path)/\(name)"
        try text.write(toFile: file, atomically: false, encoding: .utf8)
        return file
    }
}

/// A recording with its contracts and a configuration that trades on it often.
struct Recording: Sendable {
    var ticks: String
    var contracts: String
    var config: String

    /// The first minutes of a generated session of two indices: everybody has it.
    ///
    /// - Parameters:
    ///   - day: so many days later, another session with contracts of its own.
    ///   - senderLife: how long a gateway may take from its mark to its call before its own timer
    ///     kills it. Nobody starts it again, so it has more than the usual three seconds: a slow
    ///     machine kills none then.
    ///   - settings: added to the configuration.
    static func generated(
        minutes: Int, partitions: Int = 1, day: Int = 0,
        senderLife: String = Self.longestSenderLife, settings: String = "", in folder: Folder
    ) throws -> Recording {
        let session = GeneratedSession(seed: 7 + UInt64(day))
        return Recording(
            ticks: try folder.write("ticks.csv", try ticks(session, minutes: minutes, day)),
            contracts: try folder.write("contracts.csv", contracts(session.instruments, day)),
            config: try folder.write(
                "config.yaml", config(partitions: partitions, senderLife) + settings))
    }

    /// More is no setting.
    static let longestSenderLife = "60s"

    /// An index is the same on each day.
    private static func securityID(_ id: InstrumentID, _ day: Int) -> String {
        guard id.segment != .index, let number = Int(id.securityID) else { return id.securityID }
        return String(number + 100 * day)
    }

    static let header =
        "exchange_ms,received_ms,segment,security_id,ltp,last_quantity,volume,open_interest,"
        + "bid,bid_quantity,ask,ask_quantity"

    static func line(_ tick: Tick, day: Int = 0) -> String {
        let quote = tick.quote
        let cells: [String?] = [
            tick.exchangeTime?.text, quote.at.text, tick.instrument.segment.text,
            securityID(tick.instrument, day), quote.ltp.text, tick.lastQuantity?.text,
            tick.volume.map(String.init), quote.openInterest.map(String.init), quote.bid?.text,
            quote.bidQuantity?.text, quote.ask?.text, quote.askQuantity?.text,
        ]
        return cells.map { $0 ?? "" }.joined(separator: ",")
    }

    private static func ticks(
        _ session: GeneratedSession, minutes: Int, _ day: Int
    ) throws -> String {
        var lines = [header]
        var end: EventTime?
        while case .tick(var tick)? = try session.next() {
            let last = end ?? tick.quote.at + .minutes(minutes)
            end = last
            guard tick.quote.at < last else { break }
            tick.quote.at = tick.quote.at + .days(day)
            // The generator has none of these, a recording has.
            tick.exchangeTime = tick.quote.at + .milliseconds(5)
            tick.volume = lines.count
            tick.lastQuantity = Quantity(1)
            lines.append(line(tick, day: day))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func contracts(_ instruments: [Instrument], _ day: Int) -> String {
        var lines = [
            "security_id,exchange_segment,instrument,symbol,underlying,expiry,strike,option_type,"
                + "lot_size,tick_size,freeze_quantity"
        ]
        for instrument in instruments {
            guard let option = instrument.option else { continue }
            let cells = [
                securityID(instrument.id, day), instrument.id.segment.text, "OPTIDX",
                instrument.symbol, instrument.index.text, (option.expiry + day).text,
                option.strike.text, option.side.text,
                instrument.lot.text, instrument.tickSize.text,
                instrument.freezeQuantity?.text ?? "",
            ]
            lines.append(cells.joined(separator: ","))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Short averages and close stops: a quarter of an hour shows every kind of exit.
    private static func config(partitions: Int, _ senderLife: String) -> String {
        """
        bus:
          partitions: \(partitions)
        gateway:
          sender_life: \(senderLife)
        indices: [BANKNIFTY, NIFTY]
        accounts:
          alpha: { capital: 1000000, strategies: [restless] }
          bravo: { capital: 3000000, strategies: [restless, patient] }
        strategies:
          restless:
            indices: [BANKNIFTY, NIFTY]
            supertrend_period: 3
            supertrend_multiplier: 1.0
            adx_period: 3
            min_adx: 1
            min_confirming_adx: 1
            confirmation_minutes: 2
            only_on_turn: false
            signal_validity: 30s
          patient:
            indices: [NIFTY]
            supertrend_period: 3
            supertrend_multiplier: 1.0
            adx_period: 3
            min_adx: 1
            min_confirming_adx: 1
            confirmation_minutes: 2
            only_on_turn: false
            risk: patient
        entry_profiles:
          default:
            quote_age: 10s
            cooldown: 20s
            max_open: 6
            max_open_per_index: 4
            max_open_per_side: 3
            max_trades: 1000
            min_open_interest: off
            max_premium: 5000
            max_lots: 3
        risk_profiles:
          default:
            stop_loss: 1
            breakeven_at: 0.9
            trailing_tiers:
              - { profit: 0.4, stop: -0.6 }
              - { profit: 0.7, stop: 0.2 }
            take_profit: 1.2
            time_stop_losing: 2m
            time_stop_winning: 4m
          patient:
            stop_loss: 20
            trailing_tiers: []
            take_profit: 20
            time_stop_losing: 5m
            time_stop_winning: 8m
        paper:
          fill_share: 60
          reject_rate: 8
        """
    }
}
