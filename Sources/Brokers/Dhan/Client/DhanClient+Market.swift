package import Trading

extension DhanClient {
    /// At most 1 000 instruments; one that the broker does not know is missing in the answer.
    package func quotes(
        _ kind: DhanQuoteKind, of instruments: [InstrumentID],
        _ answer: @escaping Answer<[DhanQuote]>
    ) { notBuilt(answer) }

    package func optionChain(
        of underlying: InstrumentID, expiry: Day, _ answer: @escaping Answer<DhanOptionChain>
    ) { notBuilt(answer) }

    /// Earliest first.
    package func expiries(of underlying: InstrumentID, _ answer: @escaping Answer<[Day]>) {
        notBuilt(answer)
    }

    /// Bars by start, earliest first; of today up to the present, the last one unfinished. None
    /// is no error: a holiday, an unknown instrument.
    package func intraday(_ chart: DhanChartRequest, _ answer: @escaping Answer<[DhanBar]>) {
        notBuilt(answer)
    }

    /// The day's instruments: indices and options of indices.
    package func instruments(_ answer: @escaping Answer<[Instrument]>) { notBuilt(answer) }
}
