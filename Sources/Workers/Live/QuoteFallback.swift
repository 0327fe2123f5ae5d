package import Brokers
package import Trading

/// Reads quotes without a socket.
package protocol QuoteReader: Sendable {
    /// At most a thousand instruments, once a second.
    func quotes(
        _ kind: DhanQuoteKind, of instruments: [InstrumentID],
        _ answer: @escaping @Sendable (Result<[DhanQuote], DhanError>) -> Void)
}

extension DhanClient: QuoteReader {}

/// Where the feed is silent about an open position, the broker is asked: a stale price is no
/// price. Only where it does not answer either, the position's own rule closes it.
struct QuoteFallback {
    private var reader: any QuoteReader
    private let limit: Span
    /// When each open contract last had a price, by the steady clock.
    private var priced: [InstrumentID: EventTime] = [:]
    private var askedAt: EventTime?
    private var asking: AnswerBox<[DhanQuote]>?

    private static let mostAtOnce = 1_000
    /// The broker allows one call a second.
    private static let askEvery = Span.milliseconds(1_100)
    private static let answerTimeout = Span.seconds(10)

    /// - Parameter limit: a contract without a tick this long is asked about.
    init(_ reader: any QuoteReader, limit: Span) {
        self.reader = reader
        self.limit = limit
    }

    mutating func ticked(_ instrument: InstrumentID, at now: EventTime) {
        if priced[instrument] != nil { priced[instrument] = now }
    }

    /// - Parameter open: the contracts of open positions.
    mutating func watch(_ open: Set<InstrumentID>, at now: EventTime) {
        guard open != Set(priced.keys) else { return }
        priced = Dictionary(uniqueKeysWithValues: open.map { ($0, priced[$0] ?? now) })
    }

    /// The longest silent first.
    func silent(at now: EventTime) -> [InstrumentID] {
        priced.filter { now - $0.value >= limit }
            .sorted { ($0.value, $0.key) < ($1.value, $1.key) }.map(\.key)
    }

    /// Asks where it is time to.
    ///
    /// - Parameter wake: called when the answer is there.
    mutating func ask(at now: EventTime, wake: @escaping @Sendable () -> Void) {
        let pause = asking == nil ? Self.askEvery : Self.answerTimeout
        if let askedAt, now - askedAt < pause { return }
        let instruments = Array(silent(at: now).prefix(Self.mostAtOnce))
        guard !instruments.isEmpty else { return }
        let box = AnswerBox<[DhanQuote]>()
        (asking, askedAt) = (box, now)
        reader.quotes(.quote, of: instruments) { answer in
            box.put(answer)
            wake()
        }
    }

    /// Nil where there is no answer yet. What has ticked since it was asked about is left out: the
    /// tick is newer.
    mutating func answer() -> Result<[DhanQuote], DhanError>? {
        guard let answer = asking?.answer, let askedAt else { return nil }
        asking = nil
        return answer.map { quotes in
            quotes.filter { quote in priced[quote.instrument].map { $0 < askedAt } ?? false }
        }
    }

    mutating func use(_ reader: any QuoteReader) {
        self.reader = reader
        asking = nil
    }
}

extension DhanQuote {
    /// Nil for one that never traded, whose price is zero.
    func tick(at time: EventTime) -> Tick? {
        guard last.paise > 0 else { return nil }
        let quote = Quote(
            ltp: last, bid: bid, ask: ask, bidQuantity: bidQuantity, askQuantity: askQuantity,
            openInterest: openInterest, at: time)
        return Tick(instrument: instrument, quote: quote, volume: volume, exchangeTime: tradedAt)
    }
}
