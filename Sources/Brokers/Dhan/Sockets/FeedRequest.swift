package import Trading

/// What a market feed's connection is told.
package enum FeedRequest {
    /// How much of an instrument: for an index a ticker, which is all that there is of it; for a
    /// contract everything, because a position needs its bid.
    private enum Mode: Int {
        case ticker = 15
        case full = 21

        static func of(_ instrument: InstrumentID) -> Mode {
            instrument.segment == .index ? .ticker : .full
        }
    }

    /// The broker's limits.
    package static let mostInAMessage = 100
    package static let mostOnAConnection = 5_000
    package static let mostConnections = 5

    /// Said before closing, so that the connection does not count any more.
    package static let goodbye = #"{"RequestCode":12}"#

    package static func subscribe(_ instruments: [InstrumentID]) -> [String] {
        messages(instruments, codeOffset: 0)
    }

    package static func unsubscribe(_ instruments: [InstrumentID]) -> [String] {
        messages(instruments, codeOffset: 1)
    }

    /// Ids are numbers in packets: what is none could never tick.
    package static func canTick(_ instrument: InstrumentID) -> Bool {
        UInt32(instrument.securityID).map { $0 > 0 && String($0) == instrument.securityID } ?? false
    }

    private static func messages(_ instruments: [InstrumentID], codeOffset: Int) -> [String] {
        let byMode = Dictionary(grouping: instruments.filter(canTick), by: Mode.of)
        return [Mode.ticker, .full].flatMap { mode in
            (byMode[mode] ?? []).chunks(of: mostInAMessage).map {
                message(mode.rawValue + codeOffset, $0)
            }
        }
    }

    private static func message(_ code: Int, _ instruments: ArraySlice<InstrumentID>) -> String {
        let list = instruments.map {
            #"{"ExchangeSegment":"\#($0.segment.rawValue)","SecurityId":"\#($0.securityID)"}"#
        }.joined(separator: ",")
        return #"{"RequestCode":\#(code),"InstrumentCount":\#(instruments.count),"#
            + #""InstrumentList":[\#(list)]}"#
    }
}

extension Array {
    fileprivate func chunks(of length: Int) -> [ArraySlice<Element>] {
        stride(from: 0, to: count, by: length).map { self[$0..<Swift.min($0 + length, count)] }
    }
}
