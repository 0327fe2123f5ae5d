import ArgumentParser

/// `0..<1000`, `0...999` or one number.
struct SeedRange {
    let seeds: Range<UInt64>

    static func parse(_ text: String) throws -> SeedRange {
        guard let range = SeedRange(text: text) else {
            throw ValidationError("'\(text)' is no range of seeds such as 0..<1000, and no number")
        }
        return range
    }

    init?(text argument: String) {
        if let one = UInt64(argument), one < .max {
            seeds = one..<(one + 1)
            return
        }
        let isClosed = argument.contains("...")
        let ends = argument.split(
            separator: isClosed ? "..." : "..<", omittingEmptySubsequences: false
        ).map { UInt64($0) }
        guard ends.count == 2, let first = ends[0], let last = ends[1], last < .max else {
            return nil
        }
        let end = isClosed ? last + 1 : last
        guard first < end else { return nil }
        seeds = first..<end
    }
}
