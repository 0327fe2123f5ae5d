import Trading

/// Breaks a list of instruments in one to three places: in its bytes, a field, a line or a column.
struct ListMutation {
    private var random: SplitMix64

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    private static let comma = UInt8(ascii: ",")
    private static let newline = UInt8(ascii: "\n")
    private static let byteOrderMark: [UInt8] = [0xef, 0xbb, 0xbf]

    /// What has broken readers before, and words that mean something in another column.
    private static let tokens = [
        "", "0", "-0", "1", "-65", "65.5", "65.0", "6.5e1", "1e3", "1e308", "1e-400", "NaN",
        "1e-9223372036854775808", "9223372036854775807", "9223372036854775808",
        "-9223372036854775808", "100000001", "-0.01", "0.005", "0.0500", "5.0000", "150",
        "99999999999999999999999999999999999999999999999999999999999999999999999999999999",
        "\"40001\"", "\"", "0040001", "+5", "4 0001", "5\u{0}1", "\u{0}", "\u{feff}", "\r",
        "\u{85}", "|", "5|1", ":", "\u{301}", "\u{600}", "₹", "2027-02-30", "0001-01-01",
        "31/02/27", "28/01/27", "2027-01-26 14:30:00", "2027/01/26", "//", "CE", "PE", "XX",
        "OPTIDX", "INDEX", "NSE", "BSE", "MCX", "D", "I", "NIFTY", "NSETEST", "LOT_SIZE",
        "SECURITY_ID", "TICK_SIZE",
    ]

    mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<max(1, bound), using: &random) }

    mutating func apply(to list: [UInt8]) -> [UInt8] {
        var list = list
        for _ in 0...below(3) {
            if below(3) == 0 { breakBytes(&list) } else { breakTable(&list) }
        }
        return list
    }

    private mutating func token() -> [UInt8] { Array(Self.tokens[below(Self.tokens.count)].utf8) }

    private mutating func breakBytes(_ list: inout [UInt8]) {
        let place = below(list.count)
        let end = min(list.count, place + below(30))
        switch below(6) {
        case 0: list.removeSubrange(place...)
        case 1: list.removeSubrange(place..<end)
        case 2: list.insert(contentsOf: token(), at: place)
        case 3: list.insert(contentsOf: Self.byteOrderMark, at: 0)
        case 4:
            list = list.flatMap { byte -> [UInt8] in
                byte == Self.newline ? [UInt8(ascii: "\r"), byte] : [byte]
            }
        default:
            if !list.isEmpty { list[place] = UInt8(truncatingIfNeeded: below(256)) }
        }
    }

    private mutating func breakTable(_ list: inout [UInt8]) {
        var lines: [[[UInt8]]] = list.split(
            separator: Self.newline, omittingEmptySubsequences: false
        ).map { line in
            line.split(separator: Self.comma, omittingEmptySubsequences: false).map { Array($0) }
        }
        let line = below(lines.count)
        let field = below(lines[line].count)
        let other = below(lines[line].count)
        let (name, place) = (below(lines[0].count), below(lines[0].count))
        switch below(9) {
        case 0, 1: lines[line][field] = token()
        case 2: lines[line].swapAt(field, other)
        case 3: lines[line].remove(at: field)
        case 4: lines[line].removeSubrange(field...)
        case 5: lines.insert(lines[line], at: below(lines.count + 1))
        case 6: lines.remove(at: line)
        case 7: lines[0][place] = lines[0][name]
        default:
            // A column that is gone, or stands where another one was, with its name.
            let goes = below(2) == 0
            for index in lines.indices where max(place, name) < lines[index].count {
                if goes { lines[index].remove(at: place) } else { lines[index].swapAt(place, name) }
            }
        }
        list = Array(
            lines.map { Array($0.joined(separator: [Self.comma])) }
                .joined(separator: [Self.newline]))
    }
}
