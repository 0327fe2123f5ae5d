import Trading

@testable import Brokers

/// Throws broken lists at the reader of the broker's instruments. Lots, ticks and ids of all orders
/// come from there: what it takes must be something that can be traded.
enum InstrumentFuzz {
    struct Report: Sendable {
        var cases = 0
        /// Lists that it took.
        var accepted = 0
        /// What stood in them that it must not have taken.
        var garbage: [String] = []
    }

    static func run(cases: Int, seed: UInt64) -> Report {
        var mutation = ListMutation(seed: seed)
        var report = Report()
        for _ in 0..<cases {
            let text = whole[mutation.below(whole.count)]
            let list = mutation.apply(to: Array(text.utf8))
            report.cases += 1
            guard let instruments = try? read(list) else { continue }
            report.accepted += 1
            report.garbage += faults(in: instruments).map {
                "\($0) in \(String(decoding: list, as: UTF8.self))"
            }
        }
        return report
    }

    /// As the day's contracts are read: the list, and what is kept of it.
    static func read(_ list: [UInt8]) throws -> [Instrument] {
        try ContractFile.parse(try DhanInstrumentList.contracts(list))
    }

    /// Under the detailed header and the compact one.
    static let whole = [
        """
        EXCH_ID,SEGMENT,SECURITY_ID,INSTRUMENT,UNDERLYING_SYMBOL,SYMBOL_NAME,DISPLAY_NAME,LOT_SIZE,\
        SM_EXPIRY_DATE,STRIKE_PRICE,OPTION_TYPE,TICK_SIZE,SM_FREEZE_QTY,NOTE,
        NSE,D,40001,OPTIDX,NIFTY,NIFTY-Jan2027-24000-CE,NIFTY 26 JAN 24000 CALL,65.0,\
        2027-01-26,24000.00000,CE,5.0000,1756,A,
        NSE,D,40002,OPTIDX,NIFTY,NIFTY-Jan2027-24000-PE,NIFTY 26 JAN 24000 PUT,65.0,\
        2027-01-26,24000.00000,PE,5.0000,1756,A,
        BSE,D,800003,OPTIDX,SENSEX,BSXOPT,SENSEX 28 JAN 80000 CALL,20,\
        28/01/27,80000.00000,CE,0.0500,0,A,
        NSE,D,40004,FUTIDX,NIFTY,NIFTY-Jan2027-FUT,NIFTY JAN FUT,65,2027-01-26,-0.01,XX,10,1756,A,
        NSE,E,5,EQUITY,SHARE,SHARE, AND SONS,S,1,,,,5,0,A,
        NSE,I,13,INDEX,NIFTY,NIFTY,Nifty 50,1.0,0001-01-01,,XX,0.0500,0,A,
        BSE,I,51,INDEX,SENSEX,SENSEX,BSE Sensex,1.0,0001-01-01,,XX,0.0100,0,A,

        """,
        """
        SEM_EXM_EXCH_ID,SEM_SEGMENT,SEM_SMST_SECURITY_ID,SEM_INSTRUMENT_NAME,SEM_TRADING_SYMBOL,\
        SEM_LOT_UNITS,SEM_CUSTOM_SYMBOL,SEM_EXPIRY_DATE,SEM_STRIKE_PRICE,SEM_OPTION_TYPE,\
        SEM_TICK_SIZE
        NSE,D,40001,OPTIDX,BANKNIFTY-Jan2027-52000-CE,30.0,BANKNIFTY 26 JAN 52000 CALL,\
        2027-01-26 14:30:00,52000.00000,CE,5.0000
        NSE,D,40002,OPTIDX,BANKNIFTY-Jan2027-52000-PE,30.0,BANKNIFTY 26 JAN 52000 PUT,\
        2027-01-26 14:30:00,52000.00000,PE,5.0000
        NSE,I,25,INDEX,BANKNIFTY,1,Nifty Bank,0001-01-01,,XX,0.05

        """,
    ]
}

// MARK: What must hold of all that is taken

extension InstrumentFuzz {
    private static func faults(in instruments: [Instrument]) -> [String] {
        let isUnique = Set(instruments.map(\.id)).count == instruments.count
        let hasOption = instruments.contains { $0.option != nil }
        return (isUnique ? [] : ["an id twice"]) + (hasOption ? [] : ["no option"])
            + instruments.flatMap { faults(of: $0) }
    }

    private static func faults(of instrument: Instrument) -> [String] {
        var faults: [String] = []
        let id = instrument.id.securityID
        // A number of 32 bits in packets, written in one way.
        if UInt32(id).map({ $0 == 0 || String($0) != id }) ?? true { faults.append("id") }
        if Instrument(text: instrument.text) != instrument { faults.append("unreadable") }
        switch instrument.kind {
        case .index where instrument.id.segment == .index: break
        case .option(let option): faults += Self.faults(of: option, as: instrument)
        case .index, .other: faults.append("neither an index nor an option")
        }
        return faults.map { "\($0) of \(instrument.text)" }
    }

    private static func faults(
        of option: OptionContract, as instrument: Instrument
    ) -> [String] {
        let segments: [Segment] = [.nseDerivatives, .bseDerivatives]
        let sound: [(String, Bool)] = [
            ("segment", segments.contains(instrument.id.segment)),
            ("lot", (1...Readable.quantity.upperBound).contains(instrument.lot.units)),
            ("tick", (1..<100).contains(instrument.tickSize.paise)),
            ("strike", (1...Readable.price.upperBound).contains(option.strike.paise)),
            ("expiry", Day(text: option.expiry.text) == option.expiry),
            ("freeze", instrument.freezeQuantity.map { $0 >= Quantity(1) } ?? true),
        ]
        return sound.filter { !$0.1 }.map { $0.0 }
    }
}
