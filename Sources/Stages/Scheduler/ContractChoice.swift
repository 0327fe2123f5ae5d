import Trading

/// Which contract a setup buys: of the nearest listed expiry, the quoted strike nearest to spot,
/// then so many strikes out of the money.
///
/// A later expiry never stands in for a nearest one without quotes: it is another trade.
struct ContractChoice {
    let list: InstrumentList
    let quotes: [InstrumentID: Quote]
    let index: IndexName
    let side: OptionSide
    let spot: Price
    /// Strikes further out of the money; negative, into it.
    let offset: Int
    let day: Day

    struct Chosen {
        var instrument: InstrumentID
        var quote: Quote
    }

    enum Missing: Error, CustomStringConvertible {
        case expiry(Day)
        case quotes(Day, OptionSide)
        case strike(Price, offset: Int)

        var description: String {
            switch self {
            case .expiry(let day): "no contract is listed on or after \(day.text)"
            case .quotes(let expiry, let side): "no \(side.text) of \(expiry.text) is quoted"
            case .strike(let spot, let offset):
                "no quoted strike \(offset) out of the money at spot \(spot.text)"
            }
        }
    }

    var result: Result<Chosen, Missing> {
        guard let expiry = list.nearestExpiry(of: index, onOrAfter: day) else {
            return .failure(.expiry(day))
        }
        // Ascending by strike; of two equally near to spot, the lower one.
        let quoted = list.options(of: index, expiry: expiry, side: side).compactMap { option in
            quotes[option.id].map { (strike: option.option?.strike ?? spot, id: option.id, $0) }
        }
        let nearest = quoted.indices.min {
            abs((quoted[$0].strike - spot).paise) < abs((quoted[$1].strike - spot).paise)
        }
        guard let nearest else { return .failure(.quotes(expiry, side)) }
        let place = side == .call ? nearest + offset : nearest - offset
        guard quoted.indices.contains(place) else {
            return .failure(.strike(spot, offset: offset))
        }
        return .success(Chosen(instrument: quoted[place].id, quote: quoted[place].2))
    }
}
