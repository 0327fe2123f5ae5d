package import Trading

extension DhanClient {
    package static let mostQuotes = 1_000

    /// At most ``mostQuotes`` instruments. One that the broker does not know, or that has never
    /// traded, is missing in the answer.
    package func quotes(
        _ kind: DhanQuoteKind, of instruments: [InstrumentID],
        _ answer: @escaping Answer<[DhanQuote]>
    ) {
        var segments: [String: [JSON]] = [:]
        for instrument in instruments {
            // The ids are numbers here, and texts everywhere else.
            guard let id = Int(text: instrument.securityID) else {
                return answer(.failure(.notSent("\(instrument) has no number")))
            }
            segments[instrument.segment.rawValue, default: []].append(.number(id.text))
        }
        guard !instruments.isEmpty, instruments.count <= Self.mostQuotes else {
            return answer(.failure(.notSent("\(instruments.count) instruments at once")))
        }
        let body = JSON.object(segments.mapValues(JSON.array))
        perform(
            .ask("/marketfeed/\(kind.rawValue)", body, .quote), answer, reading: DhanQuote.list)
    }

    package func optionChain(
        of underlying: InstrumentID, expiry: Day, _ answer: @escaping Answer<DhanOptionChain>
    ) {
        var body = Self.underlying(underlying)
        body["Expiry"] = .string(expiry.text)
        perform(
            .ask("/optionchain", .object(body), .chain("\(underlying) \(expiry.text)")), answer,
            reading: DhanOptionChain.init)
    }

    /// Earliest first.
    package func expiries(of underlying: InstrumentID, _ answer: @escaping Answer<[Day]>) {
        perform(
            .ask(
                "/optionchain/expirylist", .object(Self.underlying(underlying)),
                .chain(underlying.text)), answer, reading: DhanExpiries.list)
    }

    /// Bars by start, earliest first; of today up to the present, the last one unfinished. None
    /// is no error: a holiday, an unknown instrument.
    package func intraday(_ chart: DhanChartRequest, _ answer: @escaping Answer<[DhanBar]>) {
        perform(
            .ask("/charts/intraday", chart.body, .data), answer, reading: DhanBar.list)
    }

    private static func underlying(_ instrument: InstrumentID) -> [String: JSON] {
        [
            "UnderlyingScrip": .number(instrument.securityID),
            "UnderlyingSeg": .string(instrument.segment.rawValue),
        ]
    }
}
