/// How large a number may be to be read from text: far beyond any market, and so small that no
/// product or sum of the decisions overflows.
///
/// An overflow ends the process, and its successor would read the same text again. What is out of
/// these bounds is malformed like any other text, and is set aside.
///
/// The tightest products: a hundred times a price in ten-thousandths, in ten-thousandths again
/// (directional index); money in nanorupees, times eighteen (taxes on charges); a price times a
/// quantity, summed over the positions of an account.
package enum Readable {
    /// In paise: fifty lakh rupees.
    package static let price = -greatestPrice...greatestPrice
    /// In paise: ten thousand crore rupees.
    package static let money = -10_000_000_000_000...10_000_000_000_000
    /// In basis points: a thousand percent.
    package static let percent = -100_000...100_000
    /// In units.
    package static let quantity = -100_000_000...100_000_000
    /// In milliseconds: from the epoch to the end of the year 9999.
    package static let time = 0...253_402_300_799_999
    /// Counts, revisions, epochs.
    package static let whole = -1_000_000_000_000_000...1_000_000_000_000_000

    private static let greatestPrice = 500_000_000
}
