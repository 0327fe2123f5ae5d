/// A line of the broker's list, by the columns of its header.
struct DhanLine {
    private let fields: [ArraySlice<UInt8>]
    private let count: Int
    /// Of those that are not empty, counted from 1.
    private let number: Int

    /// Nil for an empty line.
    init?(_ line: ArraySlice<UInt8>, _ columns: DhanColumns, _ number: Int) {
        if line.isEmpty { return nil }
        fields = line.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        count = columns.count
        self.number = number
    }

    /// It was cut off: a name may hold commas, but no line has fewer than the header.
    var isCut: Bool { fields.count < count }

    /// Whether a line that was cut off still says what it lists.
    func has(_ place: Int) -> Bool { place < fields.count - 1 }

    /// Empty for a column that the list does not have.
    func text(_ place: Int?) -> String {
        guard let place, place < fields.count else { return "" }
        return String(decoding: fields[place], as: UTF8.self)
    }

    /// A comma in a name moves all that comes after it.
    func checkShape() throws(DhanUnreadable) {
        let named = fields.last?.isEmpty == true ? fields.count - 1 : fields.count
        guard named == count || fields.count == count else { throw misshapen }
    }

    func error(_ problem: String) -> DhanUnreadable {
        DhanUnreadable("instruments, line \(number)", problem)
    }

    var misshapen: DhanUnreadable {
        error("\(fields.count) fields, the header has \(count)")
    }
}
